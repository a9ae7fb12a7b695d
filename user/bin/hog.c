/*
 * hog: takes memory until it is refused.
 */
#include "user/lib/complain.h"
#include "user/lib/option.h"
#include "user/lib/syscall.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: hog [MIB]\n"
                            "Takes and fills memory, a MiB at a time, until MIB are reached (success) or the system\n"
                            "refuses (failure), and says how much it got.\n";

#define PIECE (1ul << 20)

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    uint64_t limit = ~0ul, taken = 0;
    if (options.operands[0] && !number_parse(options.operands[0], &limit))
        option_misuse(&options);
    char *piece = 0;
    while (taken < limit && (piece = malloc(PIECE - 64)) != 0) { /* with its header still a MiB */
        memset(piece, 0x55, PIECE - 64);
        taken++;
    }
    printf("hog: took %lu MiB\n", taken);
    return taken == limit ? EXIT_SUCCESS : complain("next MiB", E_QUOTA);
}
