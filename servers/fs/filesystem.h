/*
 * The mounted file system: what the superblock says, checked once at mount, and the state of the mount.
 *
 * The server serves one file system, and this is it. Life: filesystem_mount() succeeds once; then operations run one
 * after the other; each that changes anything says so by filesystem_change(), and filesystem_end() keeps or undoes all
 * that it changed. filesystem_flush() and filesystem_sync() make it durable. Damage found on the way, by three
 * incarnations alike, makes the mount read-only for the rest of its life; nothing on the disk that could not be read
 * properly is ever written.
 *
 * Every number that comes from the disk is compared with the limits kept here before it is used. The limits
 * themselves were checked against the size of the device.
 */
#pragma once
#include "cache.h"
#include "format.h"
#include "ledger.h"

/* Where a group keeps its bookkeeping: block numbers, checked at mount to lie inside the group. */
struct group_layout {
    uint32_t head; /* blocks at the group's start that hold superblock and descriptors */
    uint32_t block_bitmap, inode_bitmap, inode_table;
    uint8_t *reserved; /* alloc.c: bits of blocks that were freed, but are not to be given out yet; or NULL */
};

struct filesystem {
    struct ext2_superblock *super; /* lies in super_buffer, which stays pinned while mounted */
    struct buffer *super_buffer;
    struct group_layout *layout; /* of each group */
    uint32_t block_size;
    uint32_t blocks, first_block; /* blocks are first_block .. blocks - 1 */
    uint32_t blocks_per_group, groups;
    uint32_t inodes, inodes_per_group, first_inode;
    uint32_t inode_size;   /* bytes, in the table */
    uint32_t table_blocks; /* in a group's inode table */
    uint32_t descriptor_blocks, reserved_descriptor_blocks;
    uint64_t largest_file; /* bytes */
    bool has_types;        /* directory records tell the kind of the file */
    /* up to here nothing changes after the mount */
    bool read_only;
    bool is_serving;          /* mounted */
    bool damaged;             /* something contradicted itself: said, and the state on disk stays "not clean" */
    bool was_clean;           /* at the first mount since the machine was switched on */
    bool changed;             /* since the last sync */
    bool pending;             /* something changed that is not durable */
    uint32_t reserved_blocks; /* at least so many free ones are not to be given out yet (alloc.c) */
};

extern struct filesystem filesystem;

/*
 * Reads and checks the superblock and the group descriptors of the disk; `memory` becomes the block cache. Reports in
 * one line why a mount fails, or why it is read-only. Writes nothing.
 * ERROR_NO_DEVICE: no disk. ERROR_NOT_SUPPORTED: not ext2, or it uses something this server does not know.
 * ERROR_DAMAGED: it contradicts itself or is larger than its device. ERROR_NO_MEMORY, ERROR_IO.
 */
int filesystem_mount(void *memory, size_t bytes);

/*
 * To be called before anything is changed: opens the operation's change (change.h), unless it is open already.
 * ERROR_READ_ONLY, ERROR_IO
 */
int filesystem_change(void);

/*
 * The operation has ended with this status, and nothing is pinned: keeps its change, or undoes it if that is an error.
 * Returns the status. In the middle of an operation that changed a lot: what it did so far is consistent, and stays.
 */
int filesystem_end(int status);

/* The same at the end of a request, which is to be answered like this if it succeeded (ledger.h). */
int filesystem_answer(int status, const struct answer *answer);

/* Makes all changes durable, though the file system stays marked as in use. Between operations. ERROR_IO */
int filesystem_flush(void);

/* Makes all changes durable and leaves the disk as if nothing had ever been under way: without anything in the journal,
 * or marked clean, if it was when it was mounted. Between operations. ERROR_IO */
int filesystem_sync(void);

/* Seconds since 1970, never before the superblock's last write: a wrong clock must not make old look new. */
uint32_t filesystem_now(void);

/*
 * A contradiction was found: reports it and makes the mount read-only. Returns ERROR_DAMAGED. Once the mount serves,
 * the first two to find something do not return: perhaps the server is damaged, or the driver, not the disk. A
 * successor gets the same request, the second one with a new driver (servers/init/service.h), and sees the same only if
 * it is the disk.
 */
__attribute__((format(printf, 1, 2))) int damaged(const char *format, ...);

/* An inode counts its blocks in sectors of 512 bytes. */
static inline uint32_t sectors_per_block(void)
{
    return filesystem.block_size / 512;
}
