/*
 * cat: copies files to standard output, byte by byte the same.
 */
#include "user/lib/complain.h"
#include "user/lib/copy.h"
#include "user/lib/inputs.h"
#include "user/lib/option.h"
#include "user/lib/status.h"
#include <stdlib.h>

static const char usage[] = "usage: cat [FILE...]\n"
                            "Copies the files, or standard input, to standard output.\n";

static int copy_out(void *context, int descriptor, const char *name)
{
    (void)context, (void)name;
    bool writing;
    int status = copy_bytes(descriptor, 1, &writing);
    if (writing) /* no other file would fare better */
        exit(complain("standard output", status));
    return status;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    return inputs_process(options.operands, copy_out, 0);
}
