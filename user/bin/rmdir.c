/*
 * rmdir: removes empty folders.
 */
#include "user/lib/file.h"
#include "user/lib/operands.h"

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", "usage: rmdir FOLDER...\nRemoves empty folders.\n");
    option_next(&options);
    return operands_each(&options, rmdir);
}
