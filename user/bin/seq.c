/*
 * seq: numbers in order.
 */
#include "user/lib/option.h"
#include <stdio.h>

static const char usage[] = "usage: seq [FIRST] LAST\n"
                            "Prints the numbers from FIRST (1) to LAST, one a line.\n";

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    char **operands = options.operands;
    uint64_t first = 1, last;
    if (!operands[0] || (operands[1] && (operands[2] || !number_parse(operands[0], &first))) ||
        !number_parse(operands[operands[1] != 0], &last))
        option_misuse(&options);
    for (uint64_t i = first; i <= last; i++)
        printf("%lu\n", i);
    return 0;
}
