/*
 * ln: gives a file a second name, or makes a symbolic link.
 */
#include "user/lib/complain.h"
#include "user/lib/copy.h"
#include "user/lib/file.h"
#include "user/lib/option.h"

static const char usage[] = "usage: ln [-s] FILE NAME\n"
                            "Gives the file a second name; -s: makes NAME a symbolic link to FILE.\n"
                            "If NAME is a folder, the new name is made in it.\n";

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "s", usage);
    bool symbolic = false;
    while (option_next(&options))
        symbolic = true;
    char **operands = options.operands;
    if (!operands[0] || !operands[1] || operands[2])
        option_misuse(&options);
    char path[PATH_SIZE];
    int status = copy_target(operands[0], operands[1], path);
    if (status == OK)
        status = symbolic ? symlink(operands[0], path) : link(operands[0], path);
    return status == OK ? 0 : complain(operands[1], status);
}
