/*
 * Directories: files of records (name, inode), searched from the start.
 *
 * A large directory that the host made may carry a hash tree (feature dir_index). Its nodes look like unused records,
 * so a linear search need not know of it; and taking a record away, or pointing one at another inode, leaves the tree
 * right. Adding does not: then the directory loses its INDEXED flag and is a plain one from there on, the nodes being
 * room for records. The host's e2fsck can build the tree again.
 */
#pragma once
#include "inode.h"

/* A name or path: bytes that need not end with a zero. */
struct name {
    const char *bytes;
    unsigned length;
};

/* A record found: its block, pinned, and where it is in there. */
struct slot {
    struct buffer *buffer;
    uint32_t offset;
    uint32_t previous; /* offset of the record before it; the same as `offset` for a block's first */
};

/* The record at `offset` of a directory's block, or NULL if no record can look like this. */
static inline struct ext2_entry *directory_record(const uint8_t *block, uint32_t offset)
{
    uint32_t left = filesystem.block_size - offset;
    struct ext2_entry *entry = (void *)(block + offset);
    if (left < ENTRY_HEADER || entry->length > left || entry->length % 4 != 0 ||
        entry->name_length + ENTRY_HEADER > entry->length || (!filesystem.has_types && entry->type != 0))
        return NULL;
    if (entry->inode != 0 && (entry->name_length == 0 || entry->inode > filesystem.inodes))
        return NULL;
    return entry;
}

/* Finds a name; the slot is to be put. ERROR_NOT_FOUND, ERROR_DAMAGED, ERROR_IO */
int directory_find(struct inode *directory, struct name name, struct slot *slot);
struct ext2_entry *slot_entry(const struct slot *slot);
void slot_put(struct slot *slot);

/* The inode that a name stands for. ERROR_NOT_FOUND, ERROR_DAMAGED, ERROR_IO */
int directory_look_up(struct inode *directory, struct name name, uint32_t *number);

/* Adds a record; the name (1..FS_NAME bytes) is not there yet. `kind`: enum io_kind. ERROR_NO_SPACE: nothing changed.
 * ERROR_TOO_BIG, ERROR_DAMAGED, ERROR_IO */
int directory_add(struct inode *directory, struct name name, uint32_t number, unsigned kind);

/* Takes the record away, or lets it name another inode. The slot stays pinned. */
void directory_remove(struct inode *directory, struct slot *slot);
void directory_redirect(struct inode *directory, struct slot *slot, uint32_t number, unsigned kind);

/* Gives a new directory its "." and "..". ERROR_NO_SPACE, ERROR_DAMAGED, ERROR_IO */
int directory_start(struct inode *directory, uint32_t parent);

/* To be called before an empty directory is destroyed: what it names itself and its parent by is in memory then, where
 * the balance looks for it. ERROR_DAMAGED, ERROR_IO */
int directory_end(struct inode *directory);

/* OK if there is nothing but "." and "..", else ERROR_NOT_EMPTY. ERROR_DAMAGED, ERROR_IO */
int directory_check_empty(struct inode *directory);

/*
 * Fills `buffer` with struct fs_directory_entry records from *cursor (0: the first) on; moves *cursor behind them.
 * *used: bytes filled; 0 at the end. A record in reach of the cursor stays there while others come and go.
 * ERROR_MALFORMED: the buffer is too small for the next record. ERROR_DAMAGED, ERROR_IO
 */
struct listing {
    uint8_t *buffer; /* aligned to 8 */
    uint32_t size, used;
};
int directory_list(struct inode *directory, uint64_t *cursor, struct listing *listing);
