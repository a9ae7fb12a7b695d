/* Taking names away; namespace.h says what the operations promise. */
#include "file.h"
#include "namespace.h"
#include "servers/proto/error.h"

int namespace_drop(struct inode *inode)
{
    if (inode_kind(inode) == KIND_DIRECTORY) {
        int status = directory_end(inode);
        return status == OK ? inode_destroy(inode) : status;
    }
    inode_unlink(inode);
    inode_set_time(inode, inode->raw->modify_time);
    return inode->raw->links_count == 0 ? inode_destroy(inode) : OK;
}

/* Takes the record away, then drops the inode that it named. */
static int remove_entry(const struct lookup *lookup, struct inode *inode)
{
    struct inode parent;
    struct slot slot;
    int status = file_prepare_removal(inode);
    if (status == OK)
        status = filesystem_change();
    if (status == OK)
        status = inode_get_named(lookup->parent, &parent);
    if (status != OK)
        return status;
    status = directory_find(&parent, lookup_name(lookup), &slot);
    if (status == OK) {
        directory_remove(&parent, &slot);
        slot_put(&slot);
        if (inode_kind(inode) == KIND_DIRECTORY)
            inode_unlink(&parent); /* its ".." was a name of the parent */
        status = namespace_drop(inode);
    }
    inode_put(&parent);
    return status;
}

/* Whether unlink or remove_directory may have it. */
static int check_removal(const struct lookup *lookup, struct inode *inode, bool directory)
{
    bool is_directory = inode_kind(inode) == KIND_DIRECTORY;
    if (!directory)
        return is_directory ? ERROR_IS_DIRECTORY : OK;
    if (!is_directory)
        return ERROR_NOT_DIRECTORY;
    if (lookup->name_length == 0)
        return ERROR_MALFORMED;
    return directory_check_empty(inode);
}

static int remove_at(uint32_t start, struct name path, bool directory)
{
    struct lookup lookup;
    struct inode inode;
    int status = path_find(start, path, false, &lookup);
    if (status == OK && lookup.inode == 0)
        status = ERROR_NOT_FOUND;
    if (status == OK)
        status = inode_get_named(lookup.inode, &inode);
    if (status != OK)
        return status;
    status = check_removal(&lookup, &inode, directory);
    if (status == OK)
        status = remove_entry(&lookup, &inode);
    inode_put(&inode);
    return status;
}

int namespace_unlink(uint32_t start, struct name path)
{
    return remove_at(start, path, false);
}

int namespace_remove_directory(uint32_t start, struct name path)
{
    return remove_at(start, path, true);
}
