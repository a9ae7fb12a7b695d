/*
 * Requests to the disk, put together from blocks: what is a neighbour both on the disk and in memory becomes one piece.
 * Typical:
 *
 *     struct batch batch = {.transfer = disk_write, .check = check_write};
 *     status = batch_add(&batch, block, data) ...            each may run what was collected before
 *     status = batch_run(&batch);
 */
#pragma once
#include "disk.h"

struct batch {
    int (*transfer)(const struct disk_piece *pieces, unsigned count); /* disk_read or disk_write */
    /* The last look at a block before it is transferred: ends the server unless it and these bytes belong together. */
    void (*check)(uint32_t block, const uint8_t *data);
    uint64_t moved; /* so far: the sum of hash_number() (sum.h) of all blocks */
    unsigned count;
    struct disk_piece pieces[DISK_PIECES];
};

/* For all that follows: the size of blocks, and of the largest piece that the disk takes, in bytes. */
void batch_setup(uint32_t block_size, uint32_t largest_piece);

/* Adds a block with its memory, which must stay until the batch has run; runs the request first if it is full. The
 * status is that of what ran. */
int batch_add(struct batch *batch, uint32_t block, uint8_t *data);

/* Transfers what was added. ERROR_IO: any of it may be done */
int batch_run(struct batch *batch);

/* Makes durable all that any batch has written. ERROR_IO */
int batch_flush(void);
