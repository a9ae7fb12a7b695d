/*
 * truncate: sets the length of files.
 */
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include <stdlib.h>

static const char usage[] = "usage: truncate -s SIZE FILE...\n"
                            "Cuts files to SIZE bytes (K, M, G may follow), or lengthens them with zeros.\n";

static int set_length(const char *path, uint64_t length)
{
    int descriptor = open(path, FS_WRITE | FS_CREATE, 0644);
    if (descriptor < 0)
        return descriptor;
    int status = ftruncate(descriptor, length);
    close(descriptor);
    return status;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "s:", usage);
    uint64_t length = ~0ul;
    while (option_next(&options))
        length = option_number(&options);
    if (length == ~0ul || !*options.operands)
        option_misuse(&options);
    int result = EXIT_SUCCESS;
    for (; *options.operands; options.operands++) {
        int status = set_length(*options.operands, length);
        if (status != OK)
            result |= complain(*options.operands, status);
    }
    return result;
}
