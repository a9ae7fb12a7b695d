/* Reading and writing files; file.h says how bytes travel. */
#include "file.h"
#include "blockmap.h"
#include "change.h"
#include "disk.h"
#include "servers/proto/error.h"
#include "servers/proto/io.h"
#include "sum.h"
#include <string.h>

#define RUN_BUFFERS 64 /* pinned for one transfer at most */

static uint8_t zeros[4096]; /* what a hole reads as: as long as the largest block; never written */

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

/* Pins the block, which the file gets if it has none and the change has room; `whole`: all of it will be written. */
static int block_to_write(struct inode *inode, uint64_t index, bool whole, struct buffer **buffer)
{
    uint32_t block;
    bool fresh = false, may_grow = change_has_room();
    int status = may_grow ? blockmap_allocate(inode, index, &block, &fresh) : blockmap_find(inode, index, &block);
    if (status == OK && block == 0)
        status = E_LIMIT;
    if (status != OK)
        return status;
    bool needs_none = whole && !cache_has(block); /* what is in memory need not become zeros first */
    return fresh || needs_none ? cache_get_new(block, buffer) : cache_get(block, buffer);
}

/* ---- requests ---- */

/* A request on its way. */
struct job {
    struct inode *inode;
    const struct transfer *transfer;
    uint64_t offset, length; /* of the whole request, in the file */
    uint64_t done;
    bool writing;
};

/* Pins a block of the file, NULL for a hole. Of it and those behind it bytes [from, to) are concerned. */
static int get_block(const struct job *job, uint64_t index, uint64_t from, uint64_t to, struct buffer **buffer)
{
    if (job->writing)
        return block_to_write(job->inode, index, from == 0 && to >= filesystem.block_size, buffer);
    return file_block(job->inode, index, to, buffer);
}

/* What was written, from byte `from` of a buffer on and into those behind it, goes into the ledger. */
static void enter_written(struct buffer *buffer, uint64_t from, uint64_t length)
{
    for (; length > 0; buffer++, from = 0) {
        uint64_t part = smaller(filesystem.block_size - from, length);
        ledger_contents(buffer, (uint32_t)from, (uint32_t)part);
        length -= part;
    }
}

/*
 * How many buffers that follow one another, and so have their data one behind the other, hold the blocks from `index`
 * on; all get pinned, the first already is. What cannot be had behind it is left for the next run.
 */
static unsigned pin_run(const struct job *job, uint64_t index, uint64_t to, struct buffer *first)
{
    unsigned count = 1;
    struct buffer *next;
    for (; count < RUN_BUFFERS && count * filesystem.block_size < to; count++) {
        if (get_block(job, index + count, 0, to - count * filesystem.block_size, &next) != OK)
            break;
        if (next != first + count) {
            if (next != NULL)
                cache_put(next);
            break;
        }
    }
    return count;
}

/* A sum of what is left alone in blocks that follow one another in memory, when these bytes change. */
static uint64_t surroundings(const struct buffer *first, unsigned count, uint64_t from, uint64_t length)
{
    uint64_t behind = from + length;
    return sum_bytes(sum_bytes(0, first->data, from), first->data + behind, count * filesystem.block_size - behind);
}

/* Moves bytes that are written to where they belong, and nowhere else in these blocks. */
static int fill(const struct job *job, struct buffer *first, unsigned count, uint64_t from, uint64_t length)
{
    uint64_t around = surroundings(first, count, from, length);
    for (unsigned i = 0; i < count; i++)
        cache_modify_data(first + i); /* only now, so that it was what is sealed that was summed up */
    int status = job->transfer->move(job->transfer->context, job->done, first->data + from, length);
    if (around != surroundings(first, count, from, length))
        give_up("a write to block %u wrote elsewhere", first->block);
    if (status == OK)
        enter_written(first, from, length);
    for (unsigned i = 0; i < count && status != OK; i++)
        cache_seal(first + i);
    return status;
}

/* Moves the bytes that are due next, as many as lie side by side in the cache. */
static int move_run(struct job *job)
{
    uint64_t start = job->offset + job->done, block = filesystem.block_size;
    uint64_t index = start / block, from = start % block, to = from + job->length - job->done;
    struct buffer *first;
    int status = get_block(job, index, from, to, &first);
    if (status != OK)
        return status;
    unsigned count = first != NULL && to > block ? pin_run(job, index, to, first) : 1;
    uint8_t *bytes = first != NULL ? first->data : zeros;
    uint64_t moved = smaller(count * block, to) - from;
    status = job->writing ? fill(job, first, count, from, moved)
                          : job->transfer->move(job->transfer->context, job->done, bytes + from, moved);
    while (first != NULL && count > 0)
        cache_put(first + --count);
    if (status == OK)
        job->done += moved;
    return status;
}

int file_read(struct inode *inode, uint64_t offset, uint64_t length, const struct transfer *transfer, uint64_t *done)
{
    uint64_t size = inode_size(inode);
    struct job job = {inode, transfer, offset, offset < size ? smaller(length, size - offset) : 0, 0, false};
    int status = OK;
    while (job.done < job.length && status == OK)
        status = move_run(&job);
    *done = job.done;
    return status;
}

/* One run of a write: blocks, bytes, size. */
static int write_run(struct job *job)
{
    int status = move_run(job);
    if (status == OK && job->offset + job->done > inode_size(job->inode))
        inode_set_size(job->inode, job->offset + job->done);
    return status;
}

int file_write(struct inode *inode, uint64_t offset, uint64_t length, const struct transfer *transfer, uint64_t *done)
{
    *done = 0;
    int status = filesystem_change();
    if (status != OK || length == 0)
        return status;
    if (offset >= filesystem.largest_file)
        return ERROR_TOO_BIG;
    struct job job = {
        inode, transfer, offset, smaller(smaller(length, LEDGER_CONTENTS), filesystem.largest_file - offset), 0, true};
    inode_modify(inode); /* what it names will be written */
    while (job.done < job.length && status == OK)
        status = write_run(&job);
    if (job.done > 0)
        inode_set_time(inode, filesystem_now());
    *done = job.done;
    bool is_full = status == ERROR_NO_SPACE || status == ERROR_TOO_BIG || status == E_LIMIT;
    return is_full && job.done > 0 ? OK : status;
}

/* Makes a block zero from the byte `from` on, and nowhere else. */
static void clear(struct buffer *buffer, uint32_t from)
{
    uint32_t length = filesystem.block_size - from;
    uint64_t around = surroundings(buffer, 1, from, length);
    cache_modify_data(buffer);
    memset(buffer->data + from, 0, length);
    if (around != surroundings(buffer, 1, from, length) || sum_bytes(0, buffer->data + from, length) != 0)
        give_up("block %u was cleared elsewhere", buffer->block);
    ledger_contents(buffer, from, length);
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
    clear(buffer, within);
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
        if (kept < keep)
            give_up("inode %u was cut too far", inode->number);
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
