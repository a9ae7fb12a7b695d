/*
 * touch: makes empty files, or sets the modification time of existing ones to now.
 */
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include <stdlib.h>

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
    if (!*options.operands)
        option_misuse(&options);
    int result = EXIT_SUCCESS;
    for (; *options.operands; options.operands++) {
        int status = touch(*options.operands);
        if (status != OK)
            result |= complain(*options.operands, status);
    }
    return result;
}
