/* Finding and creating; taking names away is in remove.c and rename.c. */
#include "namespace.h"
#include "file.h"
#include "link.h"
#include "servers/proto/error.h"

int namespace_find(uint32_t start, struct name path, bool follow, struct inode *inode)
{
    struct lookup lookup;
    int status = path_find(start, path, follow, &lookup);
    if (status == OK && lookup.inode == 0)
        status = ERROR_NOT_FOUND;
    return status == OK ? inode_get_named(lookup.inode, inode) : status;
}

/* ---- creating ---- */

/* What a new directory or symbolic link holds from the start. */
static int fill_new(struct inode *inode, uint32_t parent, struct name target)
{
    switch (inode_kind(inode)) {
    case KIND_DIRECTORY:
        return directory_start(inode, parent);
    case KIND_LINK:
        return link_write(inode, target);
    default:
        return OK;
    }
}

/* Creates the inode and its record in `parent`; pinned on OK. */
static int create_in(struct inode *parent, struct name name, unsigned mode, struct name target, struct inode *inode)
{
    unsigned kind = mode >> 12;
    if (kind == KIND_DIRECTORY && parent->raw->links_count >= LINKS_LIMIT)
        return ERROR_LINKS;
    int status = inode_create(parent->number, (uint16_t)mode, inode);
    if (status != OK)
        return status;
    status = fill_new(inode, parent->number, target);
    if (status == OK)
        status = directory_add(parent, name, inode->number, kind);
    if (status == OK && kind == KIND_DIRECTORY)
        status = inode_link(parent);
    if (status != OK)
        inode_put(inode);
    return status;
}

/* Creates what a lookup did not find. `mode`: kind << 12 | permissions. The new inode is pinned on OK. */
static int create(const struct lookup *lookup, unsigned mode, struct name target, struct inode *inode)
{
    struct inode parent;
    int status = filesystem_change();
    if (status == OK)
        status = inode_get_named(lookup->parent, &parent);
    if (status != OK)
        return status;
    status = create_in(&parent, lookup_name(lookup), mode, target, inode);
    inode_put(&parent);
    return status;
}

/* Creates at a path where nothing may be yet. */
static int create_at(uint32_t start, struct name path, unsigned mode, struct name target)
{
    struct lookup lookup;
    struct inode inode;
    int status = path_find(start, path, false, &lookup);
    if (status == OK && lookup.inode != 0)
        status = ERROR_EXISTS;
    if (status == OK && lookup.wants_directory && mode >> 12 != KIND_DIRECTORY)
        status = ERROR_NOT_FOUND;
    if (status == OK)
        status = create(&lookup, mode, target, &inode);
    if (status == OK)
        inode_put(&inode);
    return status;
}

int namespace_make_directory(uint32_t start, struct name path, unsigned mode)
{
    return create_at(start, path, KIND_DIRECTORY << 12 | (mode & 07777), (struct name){0});
}

int namespace_symbolic_link(uint32_t start, struct name target, struct name path)
{
    return create_at(start, path, KIND_LINK << 12 | 0777, target);
}

/* ---- opening ---- */

/* Whether an existing file may be opened like this. */
static int check_open(const struct inode *inode, unsigned flags)
{
    unsigned kind = inode_kind(inode);
    if (flags & FS_CREATE && flags & FS_EXCLUSIVE)
        return ERROR_EXISTS;
    if (kind == KIND_LINK)
        return ERROR_LOOP;
    if (flags & FS_DIRECTORY && kind != KIND_DIRECTORY)
        return ERROR_NOT_DIRECTORY;
    if (kind == KIND_DIRECTORY)
        return flags & (FS_CREATE | FS_TRUNCATE) || (flags & FS_WRITE && !(flags & FS_DIRECTORY)) ? ERROR_IS_DIRECTORY
                                                                                                  : OK;
    if (kind != KIND_FILE)
        return ERROR_NOT_SUPPORTED;
    return flags & FS_WRITE && filesystem.read_only ? ERROR_READ_ONLY : OK;
}

static int open_existing(uint32_t number, unsigned flags, struct inode *inode)
{
    int status = inode_get_named(number, inode);
    if (status != OK)
        return status;
    status = check_open(inode, flags);
    if (status == OK && flags & FS_TRUNCATE)
        status = file_truncate(inode, 0);
    if (status != OK)
        inode_put(inode);
    return status;
}

int namespace_open(uint32_t start, struct name path, unsigned flags, unsigned mode, struct inode *inode)
{
    bool is_exclusive = flags & FS_CREATE && flags & FS_EXCLUSIVE;
    struct lookup lookup;
    int status = path_find(start, path, !(flags & FS_NO_FOLLOW) && !is_exclusive, &lookup);
    if (status != OK)
        return status;
    if (lookup.inode != 0)
        return open_existing(lookup.inode, flags, inode);
    if (!(flags & FS_CREATE))
        return ERROR_NOT_FOUND;
    if (lookup.wants_directory || flags & FS_DIRECTORY)
        return ERROR_IS_DIRECTORY;
    return create(&lookup, KIND_FILE << 12 | (mode & 07777), (struct name){0}, inode);
}

/* ---- second names, targets, times ---- */

/* Enters another name for a pinned inode. */
static int add_name(struct inode *inode, const struct lookup *lookup)
{
    struct inode parent;
    int status = filesystem_change();
    if (status == OK)
        status = inode_get_named(lookup->parent, &parent);
    if (status != OK)
        return status;
    status = inode_link(inode);
    if (status == OK) {
        status = directory_add(&parent, lookup_name(lookup), inode->number, inode_kind(inode));
        inode_set_time(inode, inode->raw->modify_time);
    }
    inode_put(&parent);
    return status;
}

int namespace_link(uint32_t start, struct name old, struct name path)
{
    struct lookup lookup;
    struct inode inode;
    int status = path_find(start, path, false, &lookup);
    if (status == OK)
        status = namespace_find(start, old, false, &inode);
    if (status != OK)
        return status;
    if (inode_kind(&inode) == KIND_DIRECTORY)
        status = ERROR_IS_DIRECTORY;
    else if (lookup.inode != 0)
        status = ERROR_EXISTS;
    else if (lookup.wants_directory)
        status = ERROR_NOT_FOUND;
    else
        status = add_name(&inode, &lookup);
    inode_put(&inode);
    return status;
}

int namespace_read_link(uint32_t start, struct name path, char *target, size_t size, uint64_t *length)
{
    struct inode inode;
    int status = namespace_find(start, path, false, &inode);
    if (status != OK)
        return status;
    *length = inode_size(&inode);
    status = inode_kind(&inode) == KIND_LINK ? link_read(&inode, target, size) : ERROR_MALFORMED;
    inode_put(&inode);
    return status;
}

int namespace_set_time(uint32_t start, struct name path, uint32_t seconds)
{
    struct inode inode;
    int status = namespace_find(start, path, true, &inode);
    if (status != OK)
        return status;
    status = filesystem_change();
    if (status == OK)
        inode_set_time(&inode, seconds);
    inode_put(&inode);
    return status;
}
