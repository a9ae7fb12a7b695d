/* The ledger; ledger.h says what it is for and how it may be cut off. */
#include "ledger.h"
#include "alloc.h"
#include "change.h"
#include "disk.h"
#include "filesystem.h"
#include "journal.h"
#include "ledger_records.h"
#include "servers/proto/error.h"
#include <string.h>

#define FINDERS 2u /* after the second, init starts the driver anew, too: the third can be sure */
/* Changes; then the same words are about something else. */
#define FINDING_LASTS 16u
/* Bytes that stayed the same are entered too, if they are fewer: another part would cost as much. */
#define GAP 20u

const struct answer no_answer;

static struct {
    struct ledger *memory; /* its header; NULL: there is none */
    const uint8_t *records;
    uint64_t room;        /* bytes for records */
    uint64_t epoch, used; /* as in memory->progress */
    uint64_t written;     /* bytes of the record that is being written behind those; 0: none */
    uint64_t drafted;     /* the last of them, which are in `draft` yet */
    uint64_t number;      /* of the last answer put aside */
    uint64_t contents;    /* see ledger_contents_sum() */
} ledger;

static uint8_t draft[16384]; /* of the record's end */

/* ---- answers that may not have arrived ---- */

static uint64_t sum_of(const struct remembered *place)
{
    return ledger_sum(&place->number, sizeof(*place) - sizeof(place->sum));
}

static bool is_valid(const struct remembered *place)
{
    return place->answer.sender != 0 && place->sum == sum_of(place);
}

/* Where to put an answer aside: a place of the same client, or one that holds nothing, or the one that is oldest. */
static struct remembered *find_place(uint64_t sender)
{
    struct remembered *places = ledger.memory->remembered, *found = &places[0];
    for (unsigned i = 0; i < LEDGER_REMEMBERED; i++) {
        bool is_unused = !is_valid(&places[i]);
        if (!is_unused && places[i].answer.sender == sender)
            return &places[i];
        if (is_valid(found) && (is_unused || places[i].number < found->number))
            found = &places[i];
    }
    return found;
}

/* The place is valid again only when all of it is written; and the record that it comes from is still there. */
static void put_aside(const struct answer *answer)
{
    struct remembered *place = find_place(answer->sender);
    place->sum = 0;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    place->number = ++ledger.number;
    place->answer = *answer;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    place->sum = sum_of(place);
}

/* Forgets what is damaged. */
static void check_remembered(void)
{
    for (unsigned i = 0; i < LEDGER_REMEMBERED; i++) {
        const struct remembered *place = &ledger.memory->remembered[i];
        if (is_valid(place) && place->number > ledger.number)
            ledger.number = place->number;
    }
}

bool ledger_remembers(uint64_t sender, uint64_t sequence, struct answer *answer)
{
    for (unsigned i = 0; i < LEDGER_REMEMBERED && ledger.number != 0; i++) {
        const struct remembered *place = &ledger.memory->remembered[i];
        if (place->answer.sender != sender || place->answer.sequence != sequence || !is_valid(place))
            continue;
        *answer = place->answer;
        return true;
    }
    return false;
}

/* ---- taking over ---- */

static void set_progress(uint64_t epoch, uint64_t bytes)
{
    /* pairs with nothing that runs: whoever reads after our death finds all stores before this one */
    __atomic_store_n(&ledger.memory->progress, progress(epoch, bytes), __ATOMIC_RELEASE);
    __atomic_store_n(&ledger.memory->progress_copy, progress(epoch, bytes), __ATOMIC_RELEASE);
    ledger.epoch = epoch;
    ledger.used = bytes;
    ledger.written = ledger.drafted = 0;
}

/* Before something is entered or forgotten: what we know of it is what a successor would find. */
static void check_progress(void)
{
    uint64_t word = progress(ledger.epoch, ledger.used);
    if (ledger.memory->progress != word || ledger.memory->progress_copy != word)
        give_up("the ledger is not where it should be, or not as long");
}

/* Finds out how many of the records are good. */
static void check_records(void)
{
    const struct ledger *memory = ledger.memory;
    uint64_t word = progress_is_valid(memory->progress) ? memory->progress : memory->progress_copy;
    const struct record *record = NULL, *last = NULL;
    uint64_t claimed = progress_is_valid(word) ? progress_bytes(word) : ledger.room;
    ledger.epoch = progress_is_valid(word) ? progress_epoch(word) : ((const struct record *)ledger.records)->epoch;
    ledger.used = 0;
    while ((record = record_next(ledger.records, claimed, ledger.epoch, record)) != NULL) {
        last = record;
        ledger.used = (uint64_t)((const uint8_t *)record - ledger.records) + record->bytes;
    }
    if (!progress_is_valid(word) || ledger.used != claimed)
        report("the ledger is damaged: of %lu bytes of acknowledged changes %lu are there", (unsigned long)claimed,
               (unsigned long)ledger.used);
    if (last != NULL && last->answer.sender != 0)
        put_aside(&last->answer);
    set_progress(ledger.epoch, ledger.used);
}

void ledger_open(struct ledger *header, const uint8_t *records, uint64_t bytes)
{
    ledger.memory = header;
    if (header == NULL)
        return;
    ledger.records = records;
    ledger.room = bytes & ~7ul;
    check_remembered();
    check_records();
}

bool ledger_is_inherited(void)
{
    struct served served;
    return ledger.memory != NULL && kept_load(ledger.memory->served, &served, sizeof(served)) &&
           memcmp(served.identifier, filesystem.super->identifier, sizeof(served.identifier)) == 0;
}

bool ledger_was_clean(void)
{
    struct served served = {0};
    kept_load(ledger.memory->served, &served, sizeof(served));
    return served.was_clean != 0;
}

/* Of this disk there is nothing in the ledger yet. */
static void begin_with_disk(void)
{
    static const _Alignas(8) char finding[FINDING] = "another disk";
    struct served served = {.was_clean = filesystem.was_clean};
    if (ledger.used > 0 && !ledger_confirms(finding))
        give_up("another disk, or this server is damaged, which the next one will see");
    if (ledger.used > 0)
        report("another disk: acknowledged changes of the one before are lost");
    set_progress(ledger.epoch + 1, 0);
    memcpy(served.identifier, filesystem.super->identifier, sizeof(served.identifier));
    kept_store(ledger.memory->served, &served, &served, sizeof(served));
}

int ledger_redo(void)
{
    if (ledger.memory == NULL)
        return OK;
    if (!ledger_is_inherited())
        begin_with_disk();
    const struct record *record = NULL;
    uint64_t used = ledger.used;
    unsigned count = 0;
    struct ledger *memory = ledger.memory;
    int status = OK;
    ledger.memory = NULL; /* nothing is entered, and a commit on the way drops nothing */
    while (status == OK && (record = record_next(ledger.records, used, ledger.epoch, record)) != NULL) {
        status = record_redo(record);
        count++;
    }
    ledger.memory = memory;
    alloc_redone();
    if (status == ERROR_READ_ONLY || status == ERROR_DAMAGED) {
        report("acknowledged changes are lost: %u operations could not be taken over", count);
        status = OK;
    } else if (status == OK && count > 0) {
        report("%u acknowledged operations taken over", count);
    }
    return status;
}

/* ---- writing ---- */

/* Bytes that the largest change can take. */
static uint64_t largest_record(void)
{
    uint64_t block = PART_SIZE(filesystem.block_size);
    uint64_t metadata = change_limit() * block + TRANSACTION_LARGEST * sizeof(struct part);
    return sizeof(struct record) + metadata + LEDGER_CONTENTS + LEDGER_CONTENTS / 1024 * sizeof(struct part) + block;
}

bool ledger_is_empty(void)
{
    return ledger.memory == NULL || ledger.used == 0;
}

bool ledger_has_room(void)
{
    return ledger.memory == NULL || ledger.used + largest_record() <= ledger.room;
}

/* What was drafted goes to its place. */
static void write_draft(void)
{
    if (ledger.drafted == 0)
        return;
    memcpy(records_unlock(ledger.used + ledger.written - ledger.drafted, ledger.drafted), draft, ledger.drafted);
    records_lock();
    ledger.drafted = 0;
}

static void append(const void *bytes, uint64_t length)
{
    for (const uint8_t *next = bytes; length > 0;) {
        uint64_t part = sizeof(draft) - ledger.drafted < length ? sizeof(draft) - ledger.drafted : length;
        memcpy(draft + ledger.drafted, next, part);
        ledger.drafted += part;
        ledger.written += part;
        next += part;
        length -= part;
        if (ledger.drafted == sizeof(draft))
            write_draft();
    }
}

/* A part of the record that is being written; begins it if there is none. */
static void add_part(uint32_t block, uint32_t kind, const uint8_t *data, uint32_t offset, uint32_t length)
{
    static const struct record empty;
    struct part part = {block, kind, offset, length};
    if (ledger.written == 0) {
        check_progress();
        append(&empty, sizeof(empty));
    }
    append(&part, sizeof(part));
    if (length > 0)
        append(data + offset, length);
    append(&empty, PART_SIZE(length) - sizeof(part) - length);
}

void ledger_contents(struct buffer *buffer, uint32_t offset, uint32_t length)
{
    uint32_t zeroed = buffer->flags & BUFFER_BORN ? PART_ZEROED : 0;
    cache_flag(buffer, 0, BUFFER_BORN);
    cache_seal(buffer);
    ledger.contents += ledger_hash(buffer->block, offset, length);
    if (ledger.memory != NULL)
        add_part(buffer->block, PART_CONTENTS | zeroed, buffer->data, offset, length);
}

uint64_t ledger_contents_sum(void)
{
    return ledger.contents;
}

/* The first place at or behind `from` where old and new bytes differ (or, if not `differ`, agree), in steps of 4. */
static uint32_t find_step(const uint8_t *old, const uint8_t *new, uint32_t from, bool differ)
{
    const uint32_t *left = (const uint32_t *)old, *right = (const uint32_t *)new;
    uint32_t step = from / 4, steps = filesystem.block_size / 4;
    while (step < steps && (left[step] != right[step]) != differ)
        step++;
    return step * 4;
}

void ledger_metadata(const struct buffer *buffer, const uint8_t *before)
{
    uint32_t kind = PART_METADATA | (buffer->flags & BUFFER_BORN ? PART_ZEROED : 0);
    uint32_t start = ledger.memory == NULL ? filesystem.block_size : find_step(before, buffer->data, 0, true);
    if (ledger.memory != NULL && start == filesystem.block_size && kind & PART_ZEROED)
        add_part(buffer->block, kind, buffer->data, 0, 0);
    while (start < filesystem.block_size) {
        uint32_t end = find_step(before, buffer->data, start, false);
        uint32_t next = find_step(before, buffer->data, end, true);
        while (next < filesystem.block_size && next - end < GAP) {
            end = find_step(before, buffer->data, next, false);
            next = find_step(before, buffer->data, end, true);
        }
        add_part(buffer->block, kind, buffer->data, start, end - start);
        kind &= ~(uint32_t)PART_ZEROED;
        start = next;
    }
}

void ledger_freed(uint32_t block)
{
    if (ledger.memory != NULL)
        add_part(block, PART_FREED, NULL, 0, 0);
}

void ledger_enter(const struct answer *answer)
{
    ledger.contents = 0;
    if (ledger.memory == NULL || ledger.written == 0)
        return;
    write_draft();
    struct record *record = (void *)records_unlock(ledger.used, sizeof(*record));
    record->epoch = ledger.epoch;
    record->bytes = ledger.written;
    record->answer = *answer;
    record->sum = record_sum((const struct record *)(ledger.records + ledger.used));
    records_lock();
    record_confirm((const struct record *)(ledger.records + ledger.used));
    check_progress();
    ledger.memory->finding_age++;
    set_progress(ledger.epoch, ledger.used + ledger.written);
}

bool ledger_confirms(const char finding[FINDING])
{
    struct ledger *memory = ledger.memory;
    uint64_t sum = ledger_sum(finding, FINDING);
    if (memory == NULL)
        return true;
    if (memory->finding != sum || memory->finding_age >= FINDING_LASTS)
        memory->finders = 0;
    memory->finding = sum;
    memory->finding_age = 0;
    return memory->finders++ >= FINDERS;
}

void ledger_cancel(void)
{
    ledger.contents = 0;
    ledger.written = ledger.drafted = 0;
}

void ledger_committed(void)
{
    if (ledger.memory == NULL)
        return;
    check_progress();
    if (ledger.used > 0)
        set_progress(ledger.epoch + 1, 0);
}
