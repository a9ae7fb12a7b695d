/* Reading and writing files; file.h says how bytes travel. */
#include "file.h"
#include "blockmap.h"
#include "change.h"
#include "servers/proto/error.h"
#include "servers/proto/io.h"
#include <string.h>

#define RUN_BUFFERS 64 /* pinned for one transfer at most */

static uint8_t zeros[4096]; /* what a hole reads as: as long as the largest block; never written */

/* Bytes that lie side by side: in pinned buffers that follow one another, as their data does; or a piece of a hole. */
struct run {
    struct buffer *first;
    unsigned count; /* of buffers */
    uint8_t *bytes;
    uint64_t length;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t blocks_for(uint64_t bytes)
{
    return bytes / filesystem.block_size + (bytes % filesystem.block_size != 0);
}

/* ---- getting blocks ---- */

/* Whether the block before `index` is in memory: then somebody is reading the file in order. The start counts, too. */
static bool is_sequential(struct inode *inode, uint64_t index)
{
    uint32_t previous;
    return index == 0 || (blockmap_find(inode, index - 1, &previous) == OK && previous != 0 && cache_has(previous));
}

/* Loads what `wanted` bytes from block `index` on need, and perhaps some more, in as few disk requests as possible. */
static void read_ahead(struct inode *inode, uint64_t index, uint64_t wanted)
{
    uint32_t blocks[CACHE_RUN];
    uint64_t window = CACHE_RUN_BYTES / filesystem.block_size;
    uint64_t count = is_sequential(inode, index) ? window : smaller(blocks_for(wanted), window);
    unsigned used = 0;
    count = smaller(count, blocks_for(inode_size(inode)) - index);
    for (uint64_t i = 0; i < count && blockmap_find(inode, index + i, &blocks[used]) == OK; i++)
        used += blocks[used] != 0;
    cache_load(blocks, used);
}

int file_block(struct inode *inode, uint64_t index, uint64_t wanted, struct buffer **buffer)
{
    uint32_t block;
    int status = blockmap_find(inode, index, &block);
    *buffer = NULL;
    if (status != OK || block == 0)
        return status;
    *buffer = cache_find(block);
    if (*buffer != NULL)
        return OK;
    if (index < blocks_for(inode_size(inode)))
        read_ahead(inode, index, wanted);
    return cache_get(block, buffer);
}

/* ---- runs ---- */

static void run_put(const struct run *run)
{
    for (unsigned i = 0; i < run->count; i++)
        cache_put(run->first + i);
}

/* Adds a pinned buffer, or NULL for a hole. False: its bytes do not lie behind the others, or the run is full. */
static bool run_add(struct run *run, struct buffer *buffer, uint64_t within, uint64_t length)
{
    uint8_t *bytes = buffer != NULL ? buffer->data + within : zeros + within;
    if (run->length == 0) {
        run->first = buffer;
        run->bytes = bytes;
    } else if (run->bytes + run->length != bytes || run->count == RUN_BUFFERS) {
        return false;
    }
    run->count += buffer != NULL;
    run->length += length;
    return true;
}

/* Pins the block, which the file gets if it has none and the change has room; `whole`: all of it will be written. */
static int block_to_write(struct inode *inode, uint64_t index, bool whole, struct buffer **buffer)
{
    uint32_t block;
    bool fresh = false, may_grow = change_has_room();
    int status = may_grow ? blockmap_allocate(inode, index, &block, &fresh) : blockmap_find(inode, index, &block);
    if (status == OK && block == 0)
        status = E_LIMIT;
    if (status == OK)
        status = fresh || whole ? cache_get_new(block, buffer) : cache_get(block, buffer);
    if (status == OK)
        cache_modify_data(*buffer);
    return status;
}

/* Collects the longest run from byte `offset` on, up to `length` bytes. An error counts only if the run is empty. */
static int run_collect(struct inode *inode, uint64_t offset, uint64_t length, bool writing, struct run *run)
{
    uint64_t index = offset / filesystem.block_size, within = offset % filesystem.block_size;
    *run = (struct run){.count = 0};
    for (; length > run->length; index++, within = 0) {
        uint64_t left = length - run->length, part = smaller(filesystem.block_size - within, left);
        struct buffer *buffer;
        int status = writing ? block_to_write(inode, index, part == filesystem.block_size, &buffer)
                             : file_block(inode, index, left, &buffer);
        if (status != OK)
            return run->length > 0 ? OK : status;
        if (!run_add(run, buffer, within, part)) {
            if (buffer != NULL)
                cache_put(buffer);
            return OK;
        }
    }
    return OK;
}

/* ---- requests ---- */

int file_read(struct inode *inode, uint64_t offset, uint64_t length, const struct transfer *transfer, uint64_t *done)
{
    uint64_t size = inode_size(inode);
    int status = OK;
    *done = 0;
    length = offset < size ? smaller(length, size - offset) : 0;
    while (*done < length && status == OK) {
        struct run run;
        status = run_collect(inode, offset + *done, length - *done, false, &run);
        if (status == OK)
            status = transfer->move(transfer->context, *done, run.bytes, run.length);
        if (status == OK)
            *done += run.length;
        run_put(&run);
    }
    return status;
}

/* What was written into the run's buffers, which lie side by side, goes into the ledger. */
static void run_enter(const struct run *run)
{
    uint64_t left = run->length;
    for (unsigned i = 0; i < run->count; i++) {
        uint32_t within = i == 0 ? (uint32_t)(run->bytes - run->first->data) : 0;
        uint32_t length = (uint32_t)smaller(filesystem.block_size - within, left);
        ledger_contents(run->first + i, within, length);
        left -= length;
    }
}

/* One run of a write: blocks, bytes, size. */
static int write_run(struct inode *inode, uint64_t offset, uint64_t length, const struct transfer *transfer,
                     uint64_t *done)
{
    struct run run;
    int status = run_collect(inode, offset + *done, length - *done, true, &run);
    if (status == OK)
        status = transfer->move(transfer->context, *done, run.bytes, run.length);
    if (status == OK)
        run_enter(&run);
    run_put(&run);
    if (status != OK)
        return status;
    *done += run.length;
    if (offset + *done > inode_size(inode))
        inode_set_size(inode, offset + *done);
    return cache_throttle();
}

int file_write(struct inode *inode, uint64_t offset, uint64_t length, const struct transfer *transfer, uint64_t *done)
{
    *done = 0;
    int status = filesystem_change();
    if (status != OK || length == 0)
        return status;
    if (offset >= filesystem.largest_file)
        return ERROR_TOO_BIG;
    uint64_t possible = smaller(smaller(length, LEDGER_CONTENTS), filesystem.largest_file - offset);
    while (*done < possible && status == OK)
        status = write_run(inode, offset, possible, transfer, done);
    if (*done > 0)
        inode_set_time(inode, filesystem_now());
    bool is_full = status == ERROR_NO_SPACE || status == ERROR_TOO_BIG || status == E_LIMIT;
    return is_full && *done > 0 ? OK : status;
}

/* Makes what lies behind byte `length` of its block zero, so that a later growth shows zeros there. */
static int clear_tail(struct inode *inode, uint64_t length)
{
    uint32_t within = (uint32_t)(length % filesystem.block_size);
    struct buffer *buffer;
    if (within == 0)
        return OK;
    int status = file_block(inode, length / filesystem.block_size, 1, &buffer);
    if (status != OK || buffer == NULL)
        return status;
    cache_modify_data(buffer);
    memset(buffer->data + within, 0, filesystem.block_size - within);
    ledger_contents(buffer, within, filesystem.block_size - within);
    cache_put(buffer);
    return OK;
}

/* Frees the blocks behind byte `length`, in as many changes as it takes; between them the file is shorter already. */
static int shorten(struct inode *inode, uint64_t length)
{
    for (;;) {
        uint64_t keep = blocks_for(length), kept;
        int status = blockmap_truncate(inode, keep, &kept);
        if (status != OK || kept == keep)
            return status;
        inode_set_size(inode, smaller(inode_size(inode), kept * filesystem.block_size));
        filesystem_end(OK);
        status = filesystem_change();
        if (status != OK)
            return status;
    }
}

int file_truncate(struct inode *inode, uint64_t length)
{
    int status = filesystem_change();
    if (status == OK && length > filesystem.largest_file)
        status = ERROR_TOO_BIG;
    if (status == OK && length < inode_size(inode)) {
        status = shorten(inode, length);
        if (status == OK)
            status = clear_tail(inode, length);
    }
    if (status != OK)
        return status;
    inode_set_size(inode, length);
    inode_set_time(inode, filesystem_now());
    return OK;
}

int file_prepare_removal(struct inode *inode)
{
    uint32_t blocks = inode->raw->sectors / sectors_per_block();
    uint32_t places = blocks < filesystem.groups ? blocks : filesystem.groups;
    bool is_last = inode_kind(inode) == KIND_FILE && inode->raw->links_count == 1;
    /* for each group its bitmap, and perhaps a block of descriptors; the rest of the removal; and a step in reserve */
    bool fits = places + smaller(places, filesystem.descriptor_blocks) + 2 * CHANGE_RESERVE <= change_limit();
    if (!is_last || fits)
        return OK;
    int status = file_truncate(inode, 0);
    return filesystem_end(status);
}
