/*
 * rmdir: removes empty folders.
 */
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include <stdlib.h>

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", "usage: rmdir FOLDER...\nRemoves empty folders.\n");
    option_next(&options);
    if (!*options.operands)
        option_misuse(&options);
    int result = EXIT_SUCCESS;
    for (; *options.operands; options.operands++) {
        int status = rmdir(*options.operands);
        if (status != OK)
            result |= complain(*options.operands, status);
    }
    return result;
}
