/* Changes; change.h says what they promise. */
#include "change.h"
#include "balance.h"
#include "disk.h"
#include "ledger.h"
#include "servers/proto/error.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A buffer as it was before. */
struct saved {
    struct buffer *buffer;
    uint16_t flags;
};

static struct {
    bool is_open;
    unsigned count, limit;
    unsigned freed; /* buffers with BUFFER_FREED */
    uint32_t block_size;
    uint8_t *copies; /* limit blocks: what saved[i].buffer held */
    struct saved saved[CHANGE_BLOCKS];
} change;

int change_start(unsigned limit, uint32_t block_size)
{
    free(change.copies);
    change.is_open = false;
    change.count = change.freed = 0;
    change.limit = limit;
    change.block_size = block_size;
    change.copies = malloc((size_t)limit * block_size);
    return change.copies != NULL ? OK : ERROR_NO_MEMORY;
}

unsigned change_limit(void)
{
    return change.limit;
}

void change_open(void)
{
    change.is_open = true;
    balance_start();
}

bool change_is_open(void)
{
    return change.is_open;
}

bool change_has_room(void)
{
    return change.count + CHANGE_RESERVE <= change.limit;
}

void change_save(struct buffer *buffer)
{
    if (!change.is_open)
        give_up("block %u is modified outside of a change", buffer->block);
    if (buffer->flags & BUFFER_CHANGED)
        return;
    assert(change.count < change.limit);
    change.saved[change.count] = (struct saved){buffer, buffer->flags};
    memcpy(change.copies + (size_t)change.count * change.block_size, buffer->data, change.block_size);
    change.count++;
    cache_flag(buffer, BUFFER_CHANGED, 0);
}

const uint8_t *change_before(const struct buffer *buffer)
{
    for (unsigned i = 0; buffer->flags & BUFFER_CHANGED && i < change.count; i++)
        if (change.saved[i].buffer == buffer)
            return change.copies + (size_t)i * change.block_size;
    return buffer->data;
}

void change_free(struct buffer *buffer)
{
    if (buffer->flags & BUFFER_FREED)
        return;
    balance_freed(buffer, change_before(buffer));
    change.freed++;
    cache_flag(buffer, BUFFER_FREED, 0);
}

int change_check(void)
{
    int status = OK;
    for (unsigned i = 0; i < change.count; i++)
        cache_seal(change.saved[i].buffer);
    for (unsigned i = 0; i < change.count && status == OK; i++)
        if (!(change.saved[i].buffer->flags & BUFFER_FREED))
            status = balance_changed(change.saved[i].buffer, change.copies + (size_t)i * change.block_size);
    return status == OK ? balance_end() : status;
}

/* Takes the mark off the buffers whose blocks were freed; if they really are, their contents do not matter any more. */
static void settle_freed(bool is_kept)
{
    struct buffer *buffer = NULL;
    while (change.freed > 0 && (buffer = cache_next(buffer, BUFFER_FREED)) != NULL) {
        if (!(buffer->flags & BUFFER_FREED))
            give_up("block %u is not among the freed ones", buffer->block);
        cache_flag(buffer, 0, is_kept ? BUFFER_FREED | BUFFER_DIRTY | BUFFER_METADATA | BUFFER_RUNNING : BUFFER_FREED);
        change.freed--;
    }
    change.freed = 0; /* the others were evicted */
}

static void close(void)
{
    change.count = 0;
    change.is_open = false;
}

void change_record(void)
{
    struct buffer *buffer = NULL;
    for (unsigned i = 0; i < change.count; i++)
        if (!(change.saved[i].buffer->flags & BUFFER_FREED))
            ledger_metadata(change.saved[i].buffer, change.copies + (size_t)i * change.block_size);
    for (unsigned i = change.freed; i > 0 && (buffer = cache_next(buffer, BUFFER_FREED)) != NULL; i--)
        if (buffer->flags & BUFFER_RUNNING)
            ledger_freed(buffer->block);
    for (unsigned i = 0; i < change.count; i++)
        cache_check(change.saved[i].buffer); /* what was balanced and recorded was this */
}

void change_keep(bool journaled)
{
    settle_freed(true);
    for (unsigned i = 0; i < change.count; i++) {
        struct buffer *buffer = change.saved[i].buffer;
        bool joins = journaled && buffer->flags & BUFFER_DIRTY && buffer->flags & BUFFER_METADATA;
        cache_flag(buffer, joins ? BUFFER_RUNNING : 0, BUFFER_CHANGED | BUFFER_BORN);
    }
    close();
}

void change_undo(void)
{
    const uint16_t whole = BUFFER_DIRTY | BUFFER_METADATA | BUFFER_RUNNING;
    settle_freed(false);
    for (unsigned i = 0; i < change.count; i++) {
        const struct saved *saved = &change.saved[i];
        memcpy(saved->buffer->data, change.copies + (size_t)i * change.block_size, change.block_size);
        cache_flag(saved->buffer, saved->flags & whole, BUFFER_CHANGED | (whole & (uint16_t)~saved->flags));
        cache_seal(saved->buffer);
    }
    struct buffer *buffer = NULL;
    while ((buffer = cache_next(buffer, BUFFER_BORN)) != NULL) {
        cache_flag(buffer, 0, BUFFER_BORN);
        cache_seal(buffer); /* a file's block that was to be written, and now is zeros */
    }
    close();
}
