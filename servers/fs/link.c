/* Symbolic links; link.h says where their targets are. */
#include "link.h"
#include "file.h"
#include "servers/proto/error.h"
#include <string.h>

static int copy_out(void *context, uint64_t offset, void *bytes, uint64_t length)
{
    memcpy((char *)context + offset, bytes, length);
    return OK;
}

static int copy_in(void *context, uint64_t offset, void *bytes, uint64_t length)
{
    const struct name *target = context;
    memcpy(bytes, target->bytes + offset, length);
    return OK;
}

int link_read(struct inode *inode, char *target, size_t size)
{
    uint64_t length = inode_size(inode), done;
    struct transfer transfer = {copy_out, target};
    if (length > size)
        return ERROR_NAME_TOO_LONG;
    if (inode_is_short_link(inode)) {
        memcpy(target, inode->raw->block, length);
        return OK;
    }
    return file_read(inode, 0, length, &transfer, &done);
}

int link_write(struct inode *inode, struct name target)
{
    uint64_t done;
    struct transfer transfer = {copy_in, &target};
    if (target.length == 0)
        return ERROR_MALFORMED;
    if (target.length >= filesystem.block_size)
        return ERROR_NAME_TOO_LONG;
    if (target.length >= sizeof(inode->raw->block))
        return file_write(inode, 0, target.length, &transfer, &done);
    memcpy(inode->raw->block, target.bytes, target.length);
    inode_set_size(inode, target.length);
    return OK;
}
