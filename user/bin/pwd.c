/*
 * pwd: prints the working folder.
 */
#include "user/lib/option.h"
#include "user/lib/path.h"
#include <stdio.h>

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", "usage: pwd\nPrints the working folder.\n");
    option_next(&options);
    return puts(getcwd()) < 0;
}
