/*
 * mkdir: makes folders.
 */
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include "user/lib/path.h"
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: mkdir [-p] FOLDER...\n"
                            "Makes folders; -p: those above too, and an existing folder is no error.\n";

static bool is_folder(const char *path)
{
    struct file_status status;
    return stat(path, &status) == OK && status.kind == KIND_DIRECTORY;
}

/* Makes every missing folder on the way to `path`, and `path` itself. */
static int make_all(const char *path)
{
    char absolute[PATH_SIZE];
    int status = path_absolute(path, absolute);
    for (char *slash = absolute; status == OK && (slash = strchr(slash + 1, '/')) != 0;) {
        *slash = 0;
        if (!is_folder(absolute))
            status = mkdir(absolute, 0755);
        *slash = '/';
    }
    if (status == OK && !is_folder(absolute))
        status = mkdir(absolute, 0755);
    return status;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "p", usage);
    bool all = false;
    while (option_next(&options))
        all = true;
    if (!*options.operands)
        option_misuse(&options);
    int result = EXIT_SUCCESS;
    for (; *options.operands; options.operands++) {
        int status = all ? make_all(*options.operands) : mkdir(*options.operands, 0755);
        if (status != OK)
            result |= complain(*options.operands, status);
    }
    return result;
}
