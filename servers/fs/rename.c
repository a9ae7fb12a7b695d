/*
 * Renaming; namespace.h says what it promises.
 *
 * The order of steps: the new record first (the only step that can lack space), then the old record goes, then a moved
 * directory learns its new "..", then what was replaced goes. All of it is one change.
 */
#include "file.h"
#include "namespace.h"
#include "servers/proto/error.h"

static const struct name parent_name = {"..", 2};

/* All that takes part. The four inodes are pinned; old and new parent may be the same inode. */
struct rename {
    struct lookup from, to;
    struct inode moved, from_parent, to_parent;
    struct inode replaced;
    bool has_replaced;
};

static bool is_directory(const struct inode *inode)
{
    return inode_kind(inode) == KIND_DIRECTORY;
}

/* The parent of directory `number`. */
static int find_parent(uint32_t number, uint32_t *parent)
{
    struct inode directory;
    int status = inode_get_named(number, &directory);
    if (status != OK)
        return status;
    status = is_directory(&directory) ? directory_look_up(&directory, parent_name, parent) : ERROR_NOT_FOUND;
    inode_put(&directory);
    return status == ERROR_NOT_FOUND ? damaged("directory %u has no parent", number) : status;
}

/* ERROR_LOOP if `number` is `ancestor` or lies below it. */
static int check_not_below(uint32_t number, uint32_t ancestor)
{
    for (unsigned depth = 0; depth < RENAME_DEPTH; depth++) {
        if (number == ancestor)
            return ERROR_LOOP;
        if (number == ROOT_INODE)
            return OK;
        int status = find_parent(number, &number);
        if (status != OK)
            return status;
    }
    return ERROR_LOOP;
}

/* Whether the moved file may take the place of the other. */
static int check_replaced(struct rename *rename)
{
    if (!is_directory(&rename->moved))
        return is_directory(&rename->replaced) ? ERROR_IS_DIRECTORY : OK;
    if (!is_directory(&rename->replaced))
        return ERROR_NOT_DIRECTORY;
    return directory_check_empty(&rename->replaced);
}

static int check(struct rename *rename)
{
    bool to_other = rename->from.parent != rename->to.parent;
    if (rename->from.name_length == 0 || rename->to.name_length == 0)
        return ERROR_MALFORMED;
    if (!is_directory(&rename->from_parent) || !is_directory(&rename->to_parent))
        return ERROR_NOT_DIRECTORY;
    if (rename->to.wants_directory && !is_directory(&rename->moved))
        return ERROR_NOT_DIRECTORY;
    if (is_directory(&rename->moved) && to_other) {
        int status = check_not_below(rename->to.parent, rename->moved.number);
        if (status != OK)
            return status;
        if (!rename->has_replaced && rename->to_parent.raw->links_count >= LINKS_LIMIT)
            return ERROR_LINKS;
    }
    return rename->has_replaced ? check_replaced(rename) : OK;
}

/* Makes the new name lead to the moved file. */
static int enter_new(struct rename *rename)
{
    struct name name = lookup_name(&rename->to);
    unsigned kind = inode_kind(&rename->moved);
    struct slot slot;
    if (!rename->has_replaced)
        return directory_add(&rename->to_parent, name, rename->moved.number, kind);
    int status = directory_find(&rename->to_parent, name, &slot);
    if (status != OK)
        return status;
    directory_redirect(&rename->to_parent, &slot, rename->moved.number, kind);
    slot_put(&slot);
    return OK;
}

static int remove_old(struct rename *rename)
{
    struct slot slot;
    int status = directory_find(&rename->from_parent, lookup_name(&rename->from), &slot);
    if (status != OK)
        return status;
    directory_remove(&rename->from_parent, &slot);
    slot_put(&slot);
    return OK;
}

/* A directory came under another parent: its ".." is a name of that one now. */
static int change_parent(struct rename *rename)
{
    struct slot slot;
    int status = directory_find(&rename->moved, parent_name, &slot);
    if (status == ERROR_NOT_FOUND)
        return damaged("directory %u has no parent", rename->moved.number);
    if (status != OK)
        return status;
    directory_redirect(&rename->moved, &slot, rename->to_parent.number, KIND_DIRECTORY);
    slot_put(&slot);
    inode_unlink(&rename->from_parent);
    return inode_link(&rename->to_parent);
}

static int apply(struct rename *rename)
{
    uint32_t modified = rename->moved.raw->modify_time; /* a new ".." is no change that its owner made */
    int status = rename->has_replaced ? file_prepare_removal(&rename->replaced) : OK;
    if (status == OK)
        status = filesystem_change();
    if (status == OK)
        status = enter_new(rename);
    if (status == OK)
        status = remove_old(rename);
    if (status == OK && rename->has_replaced && is_directory(&rename->replaced))
        inode_unlink(&rename->to_parent);
    if (status == OK && is_directory(&rename->moved) && rename->from.parent != rename->to.parent)
        status = change_parent(rename);
    if (status == OK && rename->has_replaced)
        status = namespace_drop(&rename->replaced);
    if (status == OK)
        inode_set_time(&rename->moved, modified);
    return status;
}

/* With moved and parents pinned: pins what is to be replaced, if anything, and does the work. */
static int rename_pinned(struct rename *rename)
{
    rename->has_replaced = rename->to.inode != 0;
    int status = rename->has_replaced ? inode_get_named(rename->to.inode, &rename->replaced) : OK;
    if (status != OK)
        return status;
    status = check(rename);
    if (status == OK)
        status = apply(rename);
    if (rename->has_replaced)
        inode_put(&rename->replaced);
    return status;
}

/* Pins the inodes of both lookups. */
static int rename_found(struct rename *rename)
{
    int status = inode_get_named(rename->from.inode, &rename->moved);
    if (status != OK)
        return status;
    status = inode_get_named(rename->from.parent, &rename->from_parent);
    if (status == OK) {
        status = inode_get_named(rename->to.parent, &rename->to_parent);
        if (status == OK) {
            status = rename_pinned(rename);
            inode_put(&rename->to_parent);
        }
        inode_put(&rename->from_parent);
    }
    inode_put(&rename->moved);
    return status;
}

int namespace_rename(uint32_t start, struct name old, struct name path)
{
    struct rename rename;
    int status = path_find(start, old, false, &rename.from);
    if (status == OK && rename.from.inode == 0)
        status = ERROR_NOT_FOUND;
    if (status == OK)
        status = path_find(start, path, false, &rename.to);
    if (status != OK)
        return status;
    if (rename.from.inode == rename.to.inode && rename.from.name_length > 0 && rename.to.name_length > 0)
        return OK; /* two names of one file: nothing to do */
    return rename_found(&rename);
}
