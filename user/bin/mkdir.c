/*
 * mkdir: makes folders.
 */
#include "user/lib/file.h"
#include "user/lib/operands.h"
#include "user/lib/path.h"
#include <string.h>

static const char usage[] = "usage: mkdir [-p] FOLDER...\n"
                            "Makes folders; -p: those above too, and an existing folder is no error.\n";

static bool is_folder(const char *path)
{
    struct file_status status;
    return stat(path, &status) == OK && status.kind == KIND_DIRECTORY;
}

static int make(const char *path)
{
    return mkdir(path, 0755);
}

/* Makes every missing folder on the way to `path`, and `path` itself. */
static int make_all(const char *path)
{
    char absolute[PATH_SIZE];
    int status = path_absolute(path, absolute);
    for (char *slash = absolute; status == OK && (slash = strchr(slash + 1, '/')) != 0;) {
        *slash = 0;
        if (!is_folder(absolute))
            status = make(absolute);
        *slash = '/';
    }
    if (status == OK && !is_folder(absolute))
        status = make(absolute);
    return status;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "p", usage);
    bool all = false;
    while (option_next(&options))
        all = true;
    return operands_each(&options, all ? make_all : make);
}
