/*
 * touch: makes empty files, or sets the modification time of existing ones to now.
 */
#include "user/lib/file.h"
#include "user/lib/operands.h"

static const char usage[] = "usage: touch FILE...\n"
                            "Makes missing files, empty, and sets the modification time of the others to now.\n";

static int touch(const char *path)
{
    struct file_status status;
    if (stat(path, &status) == OK)
        return set_time(path, ~0ul);
    int descriptor = open(path, FS_WRITE | FS_CREATE, 0644);
    return descriptor < 0 ? descriptor : close(descriptor);
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    return operands_each(&options, touch);
}
