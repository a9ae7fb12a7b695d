/*
 * stat: what is known about a file.
 */
#include "user/lib/file.h"
#include "user/lib/file_text.h"
#include "user/lib/operands.h"
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "usage: stat FILE...\n"
    "Shows kind, size, permissions, inode, links and time of each file; links are not followed.\n";

static int show(const char *path)
{
    struct file_status status;
    char permissions[FILE_PERMISSIONS], time[FILE_TIME];
    int result = lstat(path, &status);
    if (result != OK)
        return result;
    file_permissions(&status, permissions);
    file_time(status.modified, time);
    printf("file: %s\n", path);
    printf("size: %lu, blocks: %lu, inode: %lu, links: %lu\n", status.size, status.blocks, status.inode, status.links);
    printf("mode: %s (%04o), owner: %u, group: %u\n", permissions, status.permissions, status.owner, status.group);
    printf("modified: %s UTC (%lu)\n", time, status.modified);
    return EXIT_SUCCESS;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    return operands_each(&options, show);
}
