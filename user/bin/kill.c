/*
 * kill: ends processes.
 */
#include "user/lib/complain.h"
#include "user/lib/option.h"
#include "user/lib/process.h"
#include <stdio.h>
#include <stdlib.h>

static int kill_one(const char *text)
{
    uint64_t number;
    if (!number_parse(text, &number) || number != (unsigned)number) {
        fprintf(stderr, "kill: %s: not a process number\n", text);
        return EXIT_FAILURE;
    }
    int status = process_kill_number((unsigned)number);
    return status == OK ? EXIT_SUCCESS : complain(text, status);
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options =
        options_start(arguments, "", "usage: kill NUMBER...\nEnds processes; ps has the numbers.\n");
    option_next(&options);
    if (!*options.operands)
        option_misuse(&options);
    int result = EXIT_SUCCESS;
    for (; *options.operands; options.operands++)
        result |= kill_one(*options.operands);
    return result;
}
