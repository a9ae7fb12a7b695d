/* What was put into the log, read again; journal_confirm.h says what for. */
#include "journal_confirm.h"
#include "disk.h"
#include "journal_log.h"
#include "journal_revoke.h"
#include "servers/proto/error.h"
#include "sum.h"

/* What was sent since confirm_start(). */
static struct {
    uint32_t next;   /* position */
    uint64_t images; /* sum of image() of all */
} sent;

/* What tags and revoke records say. Sums stand for sets (sum.h). */
struct found {
    uint64_t blocks;  /* that have an image */
    uint64_t images;  /* sum of image(), but for those that had to be made anew, as escaped ones are */
    uint64_t revoked; /* blocks */
};

/* Stands for: the image of this block lies there. */
static uint64_t image(uint32_t position, uint32_t block)
{
    return hash_number(position) * hash_number(block);
}

void confirm_start(uint32_t position)
{
    sent.next = position;
    sent.images = 0;
}

void confirm_block(uint32_t block, const uint8_t *data)
{
    uint32_t next;
    const struct buffer *buffer = cache_check_at(data);
    if (log_block(sent.next, &next) != OK || next != block)
        give_up("block %u is not the next of the log", block);
    if (buffer->flags & BUFFER_RUNNING)
        sent.images += image(sent.next, buffer->block);
    sent.next++;
}

/* Goes through a descriptor's tags; returns how many images follow it. */
static uint32_t read_tags(const uint8_t *data, uint32_t position, struct found *found)
{
    uint32_t offset = sizeof(struct journal_header), count = 0;
    unsigned flags = 0;
    while (!(flags & TAG_LAST) && offset + sizeof(struct journal_tag) <= filesystem.block_size) {
        const struct journal_tag *tag = (const void *)(data + offset);
        uint32_t block = little32(tag->block);
        flags = little16(tag->flags);
        offset += (uint32_t)sizeof(*tag) + (flags & TAG_SAME ? 0 : JOURNAL_IDENTIFIER);
        count++;
        found->blocks += hash_number(block);
        found->images += flags & TAG_ESCAPED ? 0 : image(position + count, block);
    }
    return count;
}

static void read_revoked(const struct journal_revoke *block, struct found *found)
{
    uint32_t count = (little32(block->bytes) - (uint32_t)sizeof(*block)) / (uint32_t)sizeof(block->blocks[0]);
    uint32_t most = (filesystem.block_size - (uint32_t)sizeof(*block)) / (uint32_t)sizeof(block->blocks[0]);
    for (uint32_t i = 0; i < count && i < most; i++)
        found->revoked += hash_number(little32(block->blocks[i]));
}

/* Pins a block of the log. */
static int get(uint32_t position, struct buffer **buffer)
{
    uint32_t block;
    int status = log_block(position, &block);
    return status == OK ? cache_get(block, buffer) : status;
}

/* What must be there. */
static struct found running(void)
{
    struct found running = {.images = sent.images};
    for (const struct buffer *buffer = NULL; (buffer = cache_next(buffer, BUFFER_RUNNING)) != NULL;) {
        cache_check(buffer); /* what was sent was this */
        running.blocks += hash_number(buffer->block);
    }
    for (uint32_t i = 0; i < revoke_count(); i++)
        running.revoked += hash_number(revoke_block(i));
    return running;
}

int confirm_transaction(uint32_t sequence, uint32_t start, uint32_t end)
{
    struct found found = {0}, expected = running();
    uint32_t position = start;
    while (position < end) {
        struct buffer *buffer;
        int status = get(position, &buffer);
        if (status != OK)
            return status;
        if (journal_is(buffer->data, JOURNAL_DESCRIPTOR, sequence))
            position += read_tags(buffer->data, position, &found);
        else if (journal_is(buffer->data, JOURNAL_REVOKE, sequence))
            read_revoked((const void *)buffer->data, &found);
        else
            give_up("at %u of the log is nothing of transaction %u", position, sequence);
        cache_put(buffer);
        position++;
    }
    if (position != end || sent.next != end || found.blocks != expected.blocks || found.images != expected.images ||
        found.revoked != expected.revoked)
        give_up("transaction %u in the log is not what it should be", sequence);
    return OK;
}

int confirm_commit(uint32_t sequence, uint32_t position)
{
    struct buffer *buffer;
    int status = get(position, &buffer);
    if (status != OK)
        return status;
    if (!journal_is(buffer->data, JOURNAL_COMMIT, sequence) || sent.next != position + 1)
        give_up("transaction %u was not committed", sequence);
    cache_put(buffer);
    return OK;
}
