/*
 * Recovery: what the log holds goes to its places (journal_format.h).
 *
 * Three walks along the log. The first finds out which transactions count: it ends at the first block that is not what
 * must follow. The second collects their revoke records, the third copies the images that none of them forbids. All of
 * it may be done any number of times: only at the end, with everything durable, the log is marked empty.
 *
 * A successor within one life of the machine has no need of durability: it copies the images into the cache, where its
 * predecessor had them, and goes on behind them in the log.
 *
 * Nothing here trusts the log: it may come from another system, or be damaged.
 */
#include "batch.h"
#include "cache.h"
#include "filesystem.h"
#include "journal.h"
#include "journal_log.h"
#include "journal_revoke.h"
#include "servers/proto/error.h"
#include "superblock.h"
#include <stdlib.h>
#include <string.h>

#define READ_AHEAD 64u /* blocks of the log */

/* Images of the block in this and earlier transactions are not to be copied. */
struct revoked {
    uint32_t block, sequence;
};

static struct {
    enum { SCAN, COLLECT, COPY } pass;
    bool resumes;      /* images are to stay in the cache, as those of committed transactions */
    uint32_t position; /* of the block looked at */
    uint32_t sequence; /* of the transaction it belongs to */
    uint32_t end;      /* sequence of the first transaction that does not count; found by the first walk */
    uint32_t images;   /* copied */
    struct revoked *revoked;
    uint32_t revoked_count, revoked_room;
} recovery;

/* ---- revoke records ---- */

/* Sequence numbers go round: `a` is not before `b`. */
static bool is_at_or_after(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) >= 0;
}

static int compare(const void *left, const void *right)
{
    const struct revoked *a = left, *b = right;
    return a->block < b->block ? -1 : a->block > b->block;
}

static int add_revoked(uint32_t block)
{
    if (recovery.revoked_count == recovery.revoked_room) {
        uint32_t room = recovery.revoked_room * 2 + 64;
        struct revoked *larger = realloc(recovery.revoked, room * sizeof(*larger));
        if (larger == NULL)
            return ERROR_NO_MEMORY;
        recovery.revoked = larger;
        recovery.revoked_room = room;
    }
    recovery.revoked[recovery.revoked_count++] = (struct revoked){block, recovery.sequence};
    return OK;
}

static int collect(const struct journal_revoke *block)
{
    uint32_t most = (filesystem.block_size - sizeof(*block)) / sizeof(block->blocks[0]);
    uint32_t bytes = little32(block->bytes);
    uint32_t count =
        bytes < sizeof(*block) ? 0 : (bytes - (uint32_t)sizeof(*block)) / (uint32_t)sizeof(block->blocks[0]);
    int status = OK;
    for (uint32_t i = 0; i < count && i < most && status == OK; i++)
        status = add_revoked(little32(block->blocks[i]));
    return status;
}

/* Leaves one record for each block: the latest. */
static void sort_revoked(void)
{
    uint32_t kept = 0;
    if (recovery.revoked_count > 0)
        qsort(recovery.revoked, recovery.revoked_count, sizeof(struct revoked), compare);
    for (uint32_t i = 0; i < recovery.revoked_count; i++) {
        const struct revoked *next = &recovery.revoked[i];
        if (kept == 0 || recovery.revoked[kept - 1].block != next->block)
            recovery.revoked[kept++] = *next;
        else if (is_at_or_after(next->sequence, recovery.revoked[kept - 1].sequence))
            recovery.revoked[kept - 1] = *next;
    }
    recovery.revoked_count = kept;
}

static bool is_revoked(uint32_t block)
{
    uint32_t low = 0, high = recovery.revoked_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (recovery.revoked[middle].block < block)
            low = middle + 1;
        else
            high = middle;
    }
    return low < recovery.revoked_count && recovery.revoked[low].block == block &&
           is_at_or_after(recovery.revoked[low].sequence, recovery.sequence);
}

/* ---- images ---- */

static void advance(void)
{
    if (++recovery.position == journal_log.length)
        recovery.position = journal_log.first;
}

/* Reads the blocks of the log from the position on. A hint, as cache_load() */
static void read_ahead(void)
{
    uint32_t blocks[READ_AHEAD], count = 0;
    while (count < READ_AHEAD && recovery.position + count < journal_log.length &&
           log_block(recovery.position + count, &blocks[count]) == OK)
        count++;
    cache_load(blocks, count);
}

/* Pins the block of the log at the position. */
static int look(struct buffer **buffer)
{
    uint32_t block;
    int status = log_block(recovery.position, &block);
    if (status != OK)
        return status;
    if (!cache_has(block))
        read_ahead();
    return cache_get(block, buffer);
}

/* Copies the image at the position to where its tag says. */
static int copy_image(const struct journal_tag *tag)
{
    uint32_t block = little32(tag->block);
    struct buffer *image, *place;
    if (is_revoked(block))
        return OK;
    if (block >= filesystem.blocks || block == journal_log.buffer->block)
        return damaged("the journal has an image of block %u", block);
    int status = look(&image);
    if (status != OK)
        return status;
    status = cache_get_new(block, &place);
    if (status == OK) {
        memcpy(place->data, image->data, filesystem.block_size);
        if (little16(tag->flags) & TAG_ESCAPED)
            *(struct big32 *)place->data = big32(JOURNAL_MAGIC);
        cache_flag(place, BUFFER_DIRTY | (recovery.resumes ? BUFFER_METADATA : 0), BUFFER_BORN);
        cache_seal(place);
        cache_put(place);
        if (recovery.resumes)
            revoke_logged(block);
        recovery.images++;
    }
    cache_put(image);
    return status == OK ? cache_throttle() : status;
}

/* Goes through a descriptor's tags; the position is then that of its last image. */
static int walk_images(const struct buffer *descriptor)
{
    uint32_t offset = sizeof(struct journal_header);
    unsigned flags = 0;
    int status = OK;
    while (!(flags & TAG_LAST) && offset + sizeof(struct journal_tag) <= filesystem.block_size && status == OK) {
        const struct journal_tag *tag = (const void *)(descriptor->data + offset);
        flags = little16(tag->flags);
        offset += (uint32_t)sizeof(*tag) + (flags & TAG_SAME ? 0 : JOURNAL_IDENTIFIER);
        advance();
        if (recovery.pass == COPY)
            status = copy_image(tag);
    }
    return status;
}

/* ---- walks ---- */

/* Does what the pass wants with one block. False in *goes_on: the log ends here. */
static int visit(const struct buffer *buffer, bool *goes_on)
{
    if (journal_is(buffer->data, JOURNAL_COMMIT, recovery.sequence)) {
        recovery.sequence++;
        return OK;
    }
    if (journal_is(buffer->data, JOURNAL_REVOKE, recovery.sequence))
        return recovery.pass == COLLECT ? collect((const void *)buffer->data) : OK;
    if (journal_is(buffer->data, JOURNAL_DESCRIPTOR, recovery.sequence))
        return walk_images(buffer);
    *goes_on = false;
    return OK;
}

/* One walk along the log; it visits no more blocks than there are. */
static int walk(int pass)
{
    bool goes_on = true;
    int status = OK;
    recovery.pass = pass;
    recovery.position = little32(journal_log.super->start);
    recovery.sequence = little32(journal_log.super->sequence);
    for (uint32_t visited = 0; visited < journal_log.length && goes_on && status == OK; visited++) {
        struct buffer *buffer;
        if (pass != SCAN && recovery.sequence == recovery.end)
            break;
        status = look(&buffer);
        if (status != OK)
            return status;
        status = visit(buffer, &goes_on);
        cache_put(buffer);
        advance();
    }
    if (pass == SCAN)
        recovery.end = recovery.sequence;
    return status;
}

/* Everything is in its place: the log is empty, and the disk does not need it. In this order. */
static int finish(void)
{
    int status = cache_write(CACHE_ALL);
    if (status == OK)
        status = batch_flush();
    if (status == OK)
        cache_confirm(CACHE_ALL);
    if (status == OK) /* the next number: half a transaction of the one before may lie there */
        status = log_mark(0, recovery.end + 1);
    if (status == OK)
        status = batch_flush();
    return status == OK ? superblock_mark(false, 0, 0) : status;
}

/* The three walks. */
static int recover(bool resumes)
{
    recovery.resumes = resumes;
    recovery.revoked_count = recovery.images = 0;
    int status = walk(SCAN);
    if (status == OK)
        status = walk(COLLECT);
    if (status == OK) {
        sort_revoked();
        status = walk(COPY);
    }
    free(recovery.revoked);
    recovery.revoked = NULL;
    recovery.revoked_room = 0;
    return status;
}

int journal_replay(void)
{
    uint32_t first = little32(journal_log.super->sequence);
    int status = recover(false);
    if (status == OK)
        status = finish();
    if (status == OK)
        report("replayed the journal: %u transactions, %u blocks", recovery.end - first, recovery.images);
    return status;
}

int log_resume(uint32_t *sequence, uint32_t *position)
{
    if (little32(journal_log.super->start) != journal_log.first)
        return ERROR_NOT_SUPPORTED;
    int status = recover(true);
    *sequence = recovery.end;
    *position = recovery.position;
    return status;
}
