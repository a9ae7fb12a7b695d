/*
 * sync: makes everything written so far durable.
 */
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", "usage: sync\nReturns when all is safely on the disk.\n");
    option_next(&options);
    int status = sync();
    return status == OK ? 0 : complain("disk", status);
}
