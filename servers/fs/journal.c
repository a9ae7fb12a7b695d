/* The life of the journal; journal.h has the rules. */
#include "journal.h"
#include "alloc.h"
#include "batch.h"
#include "change.h"
#include "filesystem.h"
#include "journal_confirm.h"
#include "journal_log.h"
#include "journal_revoke.h"
#include "ledger.h"
#include "servers/proto/error.h"
#include "sum.h"
#include "superblock.h"

#define SCARCE 1024u /* blocks: with fewer to give out, freed ones are not left waiting for a commit */

static struct {
    bool is_on;
    bool is_active;    /* the disk says that it needs recovery */
    bool is_sent;      /* steps 1 to 3 of a commit are done, and the commit block may be on the disk or not */
    uint32_t sequence; /* of the running transaction */
    uint32_t head;     /* where in the log it will be, once sent: where its commit block will be */
    uint32_t end;      /* of what is used of the log */
    unsigned limit;    /* buffers in a transaction */
    uint64_t seal;     /* of sequence and head, while nothing is sent */
} journal;

/* Where the next transaction goes is what recovery goes by; so it is known twice. */
static uint64_t seal(void)
{
    return hash_number(journal.sequence) * hash_number(journal.head);
}

static void check_seal(void)
{
    if (journal.seal != seal())
        give_up("where the next transaction goes is not known any more");
}

/* ---- opening ---- */

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

int journal_open(void)
{
    journal.is_on = journal.is_active = journal.is_sent = false;
    if (!(filesystem.super->compatible & COMPATIBLE_JOURNAL))
        return OK;
    int status = log_open();
    if (status != OK)
        return status;
    journal.sequence = little32(journal_log.super->sequence);
    journal.head = journal_log.first;
    journal.end = smaller(journal_log.length, LOG_LARGEST);
    journal.limit = smaller(smaller((journal.end - journal.head) / 4, cache_buffers() / 4), TRANSACTION_LARGEST);
    journal.seal = seal();
    status = revoke_start(journal.end);
    journal.is_on = status == OK;
    return status;
}

bool journal_needs_replay(void)
{
    return journal.is_on && journal_log.super->start.raw != 0;
}

int journal_resume(void)
{
    int status = log_resume(&journal.sequence, &journal.head);
    journal.seal = seal();
    journal.is_active = status == OK;
    return status;
}

bool journal_is_on(void)
{
    return journal.is_on;
}

unsigned journal_limit(void)
{
    return journal.limit;
}

/* ---- commit ---- */

/* The transaction counts: another begins. */
static void begin_next(void)
{
    struct buffer *buffer = NULL;
    cache_confirm(CACHE_DATA);
    while ((buffer = cache_next(buffer, BUFFER_RUNNING)) != NULL) {
        cache_flag(buffer, 0, BUFFER_RUNNING);
        revoke_logged(buffer->block);
    }
    revoke_committed();
    alloc_committed();
    journal.sequence++;
    journal.head++;
    journal.seal = seal();
    journal.is_sent = false;
    ledger_committed();
}

/* Step 4, again and again until the disk takes it. */
static int finish_commit(void)
{
    if (!journal.is_sent)
        return OK;
    int status = log_write_commit(journal.sequence, journal.head);
    if (status == OK)
        status = batch_flush();
    if (status == OK)
        status = confirm_commit(journal.sequence, journal.head);
    if (status == OK)
        begin_next();
    return status;
}

/* Steps 2 and 3. */
static int send(void)
{
    uint32_t position = journal.head;
    check_seal();
    int status = log_write(journal.sequence, &position);
    if (status == OK)
        status = confirm_transaction(journal.sequence, journal.head, position);
    if (status == OK)
        status = batch_flush();
    if (status != OK)
        return status;
    journal.head = position;
    journal.is_sent = true;
    return OK;
}

int journal_commit(void)
{
    int status = finish_commit();
    if (status == OK)
        status = cache_write(CACHE_DATA);
    if (status == OK && cache_running() > 0) {
        status = send();
        return status == OK ? finish_commit() : status;
    }
    return status == OK ? batch_flush() : status;
}

/* ---- checkpoint, rest ---- */

/* With nothing running: everything goes to its place, and the log is empty. `start`: what its superblock says then. */
static int checkpoint(uint32_t start)
{
    int status = cache_write(CACHE_ALL);
    if (status == OK)
        status = batch_flush();
    if (status != OK)
        return status;
    check_seal();
    cache_confirm(CACHE_ALL);
    status = log_mark(start, journal.sequence);
    if (status == OK)
        status = batch_flush();
    if (status != OK)
        return status;
    journal.head = journal_log.first;
    journal.seal = seal();
    revoke_clear();
    return OK;
}

/* Says on the disk whether the journal is needed to read it, durably. */
static int mark_disk(bool needed)
{
    return superblock_mark(needed, 0, filesystem.damaged ? STATE_ERRORS : 0);
}

/* The first change after a rest. The mark on the disk comes before anything in the log that it speaks of. */
static int activate(void)
{
    int status = mark_disk(true);
    if (status == OK)
        status = log_mark(journal_log.first, journal.sequence);
    journal.is_active = status == OK;
    return status;
}

bool journal_is_active(void)
{
    return journal.is_active;
}

int journal_clear_mark(void)
{
    bool is_left = !journal.is_active && filesystem.super->incompatible & INCOMPATIBLE_RECOVER;
    return is_left ? mark_disk(false) : OK;
}

int journal_rest(void)
{
    int status = journal_commit();
    if (status != OK || !journal.is_active)
        return status;
    status = checkpoint(0);
    if (status == OK)
        status = mark_disk(false);
    journal.is_active = status != OK;
    return status;
}

/* ---- changes ---- */

/* Whether the transaction must end before another change is begun. */
static bool must_commit(void)
{
    uint32_t free = filesystem.super->free_blocks_count, reserved = filesystem.reserved_blocks;
    bool is_full = cache_running() + change_limit() > journal.limit;
    bool is_scarce = reserved > 0 && free < reserved + SCARCE;
    return is_full || is_scarce;
}

int journal_begin(void)
{
    int status = finish_commit();
    if (status == OK && must_commit())
        status = journal_commit();
    if (status == OK && cache_running() == 0 && journal.head + log_needed(journal.limit) > journal.end)
        status = checkpoint(journal_log.first);
    if (status == OK && !journal.is_active)
        status = activate();
    return status;
}

void journal_forget(uint32_t block)
{
    if (journal.is_on)
        revoke_forget(block);
}

void journal_settle(bool is_kept)
{
    if (journal.is_on)
        revoke_settle(is_kept);
}
