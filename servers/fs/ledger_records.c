/* Reading records, and doing them again. */
#include "ledger_records.h"
#include "alloc.h"
#include "change.h"
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

/* A block that a record is about, compared from its start to its end. */
struct comparison {
    struct buffer *buffer; /* NULL: it is not in memory, or freed */
    uint32_t block, at;    /* compared up to here */
    bool is_zeroed;
    bool is_so; /* all of them, so far */
};

/* What no part names, up to `to`, a successor finds zero, or as it was before. */
static void compare_unnamed(struct comparison *comparison, uint32_t to)
{
    static const uint8_t zeros[4096];
    const struct buffer *buffer = comparison->buffer;
    uint32_t at = comparison->at;
    if (buffer == NULL)
        return;
    const uint8_t *found = comparison->is_zeroed ? zeros : change_before(buffer) + at;
    comparison->is_so &= at <= to && memcmp(buffer->data + at, found, to - at) == 0;
    comparison->at = to;
}

static void end_block(struct comparison *comparison)
{
    compare_unnamed(comparison, filesystem.block_size);
    if (comparison->buffer != NULL)
        cache_put(comparison->buffer);
    comparison->buffer = NULL;
}

static void compare_part(struct comparison *comparison, const struct part *part)
{
    if (comparison->buffer == NULL || comparison->block != part->block) {
        end_block(comparison);
        comparison->block = part->block;
        comparison->at = 0;
        comparison->is_zeroed = part->kind & PART_ZEROED;
        comparison->buffer = part->kind != PART_FREED ? cache_find(part->block) : NULL;
    }
    compare_unnamed(comparison, part->offset);
    if (comparison->buffer == NULL)
        return;
    comparison->is_so &= memcmp(comparison->buffer->data + part->offset, part + 1, part->length) == 0;
    comparison->at = part->offset + part->length;
}

void record_confirm(const struct record *record)
{
    const uint8_t *end = (const uint8_t *)record + record->bytes;
    struct comparison comparison = {.is_so = record->sum == record_sum(record) && is_sound(record)};
    for (const struct part *part = (const void *)(record + 1); comparison.is_so && (const uint8_t *)part < end;) {
        compare_part(&comparison, part);
        part = part_after(part, end);
    }
    end_block(&comparison);
    if (!comparison.is_so)
        give_up("what is to be acknowledged is not what was done");
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
