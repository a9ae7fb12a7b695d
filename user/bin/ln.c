/*
 * ln: gives a file a second name, or makes a symbolic link.
 */
#include "user/lib/file.h"
#include "user/lib/operands.h"

static const char usage[] = "usage: ln [-s] FILE NAME\n"
                            "       ln [-s] FILE... FOLDER\n"
                            "Gives the file a second name; -s: makes NAME a symbolic link to FILE.\n";

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "s", usage);
    bool symbolic = false;
    while (option_next(&options))
        symbolic = true;
    return operands_each_to(&options, symbolic ? symlink : link);
}
