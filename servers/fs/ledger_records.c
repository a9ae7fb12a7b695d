/* Reading records, and doing them again. */
#include "ledger_records.h"
#include "alloc.h"
#include "filesystem.h"
#include "journal.h"
#include "servers/proto/error.h"
#include <string.h>

uint64_t record_sum(const struct record *record)
{
    return ledger_sum(&record->epoch, record->bytes - sizeof(record->sum));
}

/* Whether a good record begins here, with `left` bytes to the end of all. */
static bool is_good(const struct record *record, uint64_t left, uint64_t epoch)
{
    return left >= sizeof(*record) && record->epoch == epoch && record->bytes % 8 == 0 &&
           record->bytes >= sizeof(*record) && record->bytes <= left && record->sum == record_sum(record);
}

const struct record *record_next(const uint8_t *records, uint64_t bytes, uint64_t epoch, const struct record *previous)
{
    uint64_t at = previous != NULL ? (uint64_t)((const uint8_t *)previous - records) + previous->bytes : 0;
    const struct record *next = (const void *)(records + at);
    return is_good(next, bytes - at, epoch) ? next : NULL;
}

/* Makes the bytes of a block what the part says. */
static int redo_bytes(const struct part *part)
{
    struct buffer *buffer;
    bool is_zeroed = part->kind & PART_ZEROED;
    int status = is_zeroed ? cache_get_new(part->block, &buffer) : cache_get(part->block, &buffer);
    if (status != OK)
        return status;
    if ((part->kind & ~(uint32_t)PART_ZEROED) == PART_METADATA) {
        alloc_redo(buffer);
        cache_modify(buffer);
    } else {
        cache_modify_data(buffer);
    }
    memcpy(buffer->data + part->offset, part + 1, part->length);
    cache_put(buffer);
    return OK;
}

static int redo_part(const struct part *part)
{
    if (part->block >= filesystem.blocks || part->offset > filesystem.block_size ||
        part->length > filesystem.block_size - part->offset)
        return damaged("the ledger names byte %u of block %u", part->offset, part->block);
    if (part->kind != PART_FREED)
        return redo_bytes(part);
    cache_forget(part->block);
    journal_forget(part->block);
    return OK;
}

int record_redo(const struct record *record)
{
    const uint8_t *at = (const uint8_t *)(record + 1), *end = (const uint8_t *)record + record->bytes;
    int status = filesystem_change();
    while (status == OK && at < end) {
        const struct part *part = (const void *)at;
        bool fits = sizeof(*part) <= (uint64_t)(end - at) && PART_SIZE(part->length) <= (uint64_t)(end - at);
        status = fits ? redo_part(part) : damaged("a record of the ledger ends in the middle of a part");
        at += fits ? PART_SIZE(part->length) : 0;
    }
    return filesystem_end(status);
}
