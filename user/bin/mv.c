/*
 * mv: renames files and folders.
 */
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/copy.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include <stdlib.h>

static const char usage[] = "usage: mv SOURCE TARGET\n"
                            "       mv SOURCE... FOLDER\n"
                            "Gives files or folders another name or place. A file at the target is replaced.\n";

static int move_one(const char *source, const char *target)
{
    char path[PATH_SIZE];
    int status = copy_target(source, target, path);
    if (status == OK)
        status = rename(source, path);
    return status == OK ? EXIT_SUCCESS : complain(source, status);
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    size_t operands = 0;
    while (options.operands[operands])
        operands++;
    if (operands < 2)
        option_misuse(&options);
    const char *target = options.operands[operands - 1];
    struct file_status status;
    if (operands > 2 && (stat(target, &status) != OK || status.kind != KIND_DIRECTORY))
        return complain(target, ERROR_NOT_DIRECTORY);
    int result = EXIT_SUCCESS;
    for (size_t i = 0; i + 1 < operands; i++)
        result |= move_one(options.operands[i], target);
    return result;
}
