/*
 * truncate: sets the length of files.
 */
#include "user/lib/file.h"
#include "user/lib/operands.h"

static const char usage[] = "usage: truncate -s SIZE FILE...\n"
                            "Cuts files to SIZE bytes (K, M, G may follow), or lengthens them with zeros.\n";

static uint64_t length = ~0ul; /* what the files are to have; this: not given */

static int set_length(const char *path)
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
    while (option_next(&options))
        length = option_number(&options);
    if (length == ~0ul)
        option_misuse(&options);
    return operands_each(&options, set_length);
}
