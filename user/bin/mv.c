/*
 * mv: renames files and folders.
 */
#include "user/lib/file.h"
#include "user/lib/operands.h"

static const char usage[] = "usage: mv SOURCE TARGET\n"
                            "       mv SOURCE... FOLDER\n"
                            "Gives files or folders another name or place. A file at the target is replaced.\n";

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    return operands_each_to(&options, rename);
}
