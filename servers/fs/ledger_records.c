/* Reading records, and doing them again. */
#include "ledger_records.h"
#include "alloc.h"
#include "disk.h"
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

/* Makes the bytes of a block what the part says. Nothing is copied for an undoing: there is no way back from here. */
static int redo_bytes(const struct part *part)
{
    struct buffer *buffer;
    int status = part->kind & PART_ZEROED ? cache_get_new(part->block, &buffer) : cache_get(part->block, &buffer);
    if (status != OK)
        return status;
    bool is_metadata = (part->kind & ~(uint32_t)PART_ZEROED) == PART_METADATA;
    if (is_metadata)
        alloc_redo(buffer);
    uint16_t runs = journal_is_on() ? BUFFER_RUNNING : 0;
    cache_flag(buffer, BUFFER_DIRTY | (is_metadata ? BUFFER_METADATA | runs : 0), BUFFER_BORN | BUFFER_METADATA);
    cache_open(buffer);
    memcpy(buffer->data + part->offset, part + 1, part->length);
    cache_seal(buffer);
    cache_put(buffer);
    return OK;
}

static int redo_part(const struct part *part)
{
    if (part->kind != PART_FREED)
        return redo_bytes(part);
    cache_forget(part->block);
    journal_forget(part->block);
    return OK;
}

/* The part behind `part`; NULL if what lies there is none, within `end`. */
static const struct part *part_after(const struct part *part, const uint8_t *end)
{
    const uint8_t *at = (const uint8_t *)part + PART_SIZE(part->length);
    return at <= end ? (const void *)at : NULL;
}

/* Whether all parts are within the record and name bytes that are there. */
static bool is_sound(const struct record *record)
{
    const uint8_t *end = (const uint8_t *)record + record->bytes;
    const struct part *part = (const void *)(record + 1);
    while (part != NULL && (const uint8_t *)part + sizeof(*part) <= end) {
        if (part->block >= filesystem.blocks || part->offset > filesystem.block_size ||
            part->length > filesystem.block_size - part->offset)
            return false;
        part = part_after(part, end);
    }
    return (const uint8_t *)part == end;
}

/* Whether the block, if it is in memory, has the bytes that the part says. */
static bool part_is_so(const struct part *part)
{
    struct buffer *buffer = part->kind != PART_FREED ? cache_find(part->block) : NULL;
    bool is_so = buffer == NULL || memcmp(buffer->data + part->offset, part + 1, part->length) == 0;
    if (buffer != NULL)
        cache_put(buffer);
    return is_so;
}

void record_confirm(const struct record *record)
{
    const uint8_t *end = (const uint8_t *)record + record->bytes;
    bool is_so = record->sum == record_sum(record) && is_sound(record);
    for (const struct part *part = (const void *)(record + 1); is_so && (const uint8_t *)part < end;) {
        is_so = part_is_so(part);
        part = part_after(part, end);
    }
    if (!is_so)
        give_up("what is to be acknowledged is not what was entered");
}

int record_redo(const struct record *record)
{
    const uint8_t *end = (const uint8_t *)record + record->bytes;
    if (!is_sound(record))
        return damaged("a record of the ledger names bytes that are not there");
    int status = filesystem_change();
    for (const struct part *part = (const void *)(record + 1); status == OK && (const uint8_t *)part < end;) {
        status = redo_part(part);
        part = part_after(part, end);
    }
    return filesystem_end(status);
}
