/*
 * Inodes: finding one in its table, and what it says about a file.
 *
 * An inode is looked at and changed in place, in its block of the cache, which stays pinned from inode_get to
 * inode_put; so two handles of the same inode always agree. Typical sequence:
 *
 *     status = inode_get(number, &inode);        ... read inode.raw ...
 *     inode_modify(&inode);                      ... change *inode.raw ...
 *     inode_put(&inode);
 */
#pragma once
#include "filesystem.h"
#include "servers/proto/io.h"

struct inode {
    uint32_t number;
    struct buffer *buffer;
    struct ext2_inode *raw;
};

/*
 * Pins the inode of a file. ERROR_STALE: the number is out of range or no file has it now. ERROR_DAMAGED: its contents
 * are impossible. ERROR_NOT_SUPPORTED: it uses a format of ext4. ERROR_IO
 */
int inode_get(uint32_t number, struct inode *inode);
static inline void inode_put(struct inode *inode)
{
    cache_put(inode->buffer);
}

/* The same for an inode that belongs to the file system itself, as the journal's. */
int inode_get_reserved(uint32_t number, struct inode *inode);

/* The same as inode_get for a number that a directory entry names: a file must be there. ERROR_DAMAGED instead of
 * ERROR_STALE */
int inode_get_named(uint32_t number, struct inode *inode);

/* To be called before *raw is changed. */
void inode_modify(struct inode *inode);

/* enum io_kind. */
static inline unsigned inode_kind(const struct inode *inode)
{
    return inode->raw->mode >> 12;
}

/* Bytes. */
static inline uint64_t inode_size(const struct inode *inode)
{
    bool has_high = inode_kind(inode) == KIND_FILE && filesystem.super->revision > 0;
    return inode->raw->size | (has_high ? (uint64_t)inode->raw->size_high << 32 : 0);
}

/* `size` is at most filesystem.largest_file. Frees and allocates nothing. */
void inode_set_size(struct inode *inode, uint64_t size);

/* Sets the modification time, and the change time to now. */
void inode_set_time(struct inode *inode, uint32_t seconds);

/* Counts one name more, or one less. ERROR_LINKS */
int inode_link(struct inode *inode);
void inode_unlink(struct inode *inode);

/* How often this inode number was given to a new file, modulo 2^24: tells a file from its number's next owner. */
static inline uint32_t inode_generation(const struct inode *inode)
{
    return inode->raw->generation & 0xffffff;
}

/* Whether this is a symbolic link whose target lies in the inode itself. */
bool inode_is_short_link(const struct inode *inode);

/* Devices and short links keep something else where other inodes keep block numbers. */
bool inode_has_blocks(const struct inode *inode);

/* Whether kind, size and format are possible, for an inode that is in use. ERROR_DAMAGED */
int inode_check(const struct inode *inode);

/*
 * A new inode with one link (a directory: two, for its own "."), in the group of `parent`'s inode; pinned.
 * `mode`: kind << 12 | permissions. ERROR_NO_SPACE, ERROR_DAMAGED, ERROR_IO
 */
int inode_create(uint32_t parent, uint16_t mode, struct inode *inode);

/* Frees the inode and all its blocks. The caller still puts it. E_LIMIT: too many for one change
 * (file_prepare_removal). ERROR_DAMAGED, ERROR_IO */
int inode_destroy(struct inode *inode);
