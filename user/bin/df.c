/*
 * df: room on the disk.
 */
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include <stdio.h>

static const char usage[] = "usage: df [PATH]\n"
                            "Shows the room of the file system that the path is on, the disk if none is given.\n";

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    const char *path = options.operands[0] ? options.operands[0] : "/";
    struct space space;
    int status = file_system_space(path, &space);
    if (status != OK)
        return complain(path, status);
    uint64_t size = space.blocks * space.block_size / 1024, unused = space.free_blocks * space.block_size / 1024;
    printf("%s: %lu KiB, used %lu, free %lu; blocks of %lu bytes; %lu of %lu inodes free%s\n", path, size,
           size - unused, unused, space.block_size, space.free_inodes, space.inodes,
           space.read_only ? "; read-only" : "");
    return 0;
}
