/*
 * What the file system needs of the world below it: a disk, a clock, and the ledger's Memory. Nothing else in the pure
 * files (all but main.c, block_disk.c, records.c and service*.c) knows where they run: the server implements this over
 * the block protocol (block_disk.c) and its address space (records.c), the host test over an image file.
 */
#pragma once
#include "servers/proto/block.h"
#include <stdbool.h>
#include <stdint.h>

#define DISK_SECTOR 512u
#define DISK_PIECES BLOCK_PIECES /* pieces that one transfer may have */

struct disk {
    uint64_t sectors;
    uint32_t largest_piece; /* bytes, at least 4096 */
    bool read_only;
};

/*
 * A run of sectors and the memory they go to or come from. Whoever has made sure that they belong together seals that:
 * nothing else than what was sealed is asked of the disk.
 */
struct disk_piece {
    uint64_t sector;
    void *memory;    /* in the cache's memory, aligned to 512 */
    uint32_t length; /* bytes, a multiple of 512, at most largest_piece */
    uint64_t seal;   /* disk_seal() of all three */
};

static inline uint64_t disk_seal(uint64_t sector, const void *memory, uint32_t length)
{
    return block_sum(block_sum(block_sum(0, sector), (uint64_t)memory), length);
}

/* Fills *disk. ERROR_NO_DEVICE, ERROR_IO. */
int disk_open(struct disk *disk);

/* Transfer `count` (1..DISK_PIECES) pieces in one request; return when it is done. ERROR_IO, and any of it may be done.
 */
int disk_read(const struct disk_piece *pieces, unsigned count);
int disk_write(const struct disk_piece *pieces, unsigned count);

/* Everything written before is durable on return. ERROR_IO. */
int disk_flush(void);

/*
 * The ledger's records (ledger.h) can be read at all times, but written only between these two calls, and there only
 * `length` bytes from `offset` on, at the address that is returned: so a wild store does not reach them.
 */
uint8_t *records_unlock(uint64_t offset, uint64_t length);
void records_lock(void);

/* Seconds since 1970, UTC. */
uint32_t disk_now(void);

/* This server's own memory is damaged: says how, and ends it, so that nothing wrong is written or acknowledged. A
 * successor takes over. */
__attribute__((format(printf, 1, 2), noreturn)) void give_up(const char *format, ...);

/* One line for whoever runs the machine; the newline is added. Understands %u, %lu, %x, %s. */
__attribute__((format(printf, 1, 2))) void report(const char *format, ...);
