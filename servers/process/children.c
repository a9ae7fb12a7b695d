#include "servers/process/children.h"
#include "kernel/abi/layout.h"
#include "servers/proto/error.h"
#include "user/lib/estate.h"
#include "user/lib/fail_stop.h"
#include "user/lib/ipc.h"
#include "user/lib/kept.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include <string.h>

_Static_assert(sizeof(struct child_record) % sizeof(uint64_t) == 0, "a record of whole words");

/* The kept memory. */
struct kept {
    uint64_t last_number[KEPT_WORDS(uint64_t)];
    uint64_t records[CHILDREN][KEPT_WORDS(struct child_record)];
};
#define PAGES ((sizeof(struct kept) + PAGE_SIZE - 1) / PAGE_SIZE)

static struct child children[CHILDREN];
static uint64_t last_number;
static struct kept *kept;

/* Where an entry's record is; ends the server if that is no entry. */
static uint64_t *place_of(const struct child *child)
{
    uintptr_t offset = (uintptr_t)child - (uintptr_t)children;
    fail_stop_unless(offset < sizeof(children) && offset % sizeof(*child) == 0);
    return kept->records[offset / sizeof(*child)];
}

/* What was stored last. A record that cannot be loaded is somewhere else, or was damaged since load(): a successor
 * mends it. */
static struct child_record stored(const struct child *child)
{
    struct child_record record;
    fail_stop_unless(kept_load(place_of(child), &record, sizeof(record)));
    return record;
}

/* Replaces what was stored last, at the place where it is looked at. */
static void store(const struct child *child)
{
    struct child_record before;
    uint64_t *place = place_of(child);
    fail_stop_unless(kept_load(place, &before, sizeof(before)) && record_may_follow(&before, &child->is));
    kept_store(place, &child->is, &child->is, sizeof(child->is));
}

static void check(const struct child *child)
{
    struct child_record record = stored(child);
    fail_stop_unless(memcmp(&record, &child->is, sizeof(record)) == 0);
}

void children_check(void)
{
    for (unsigned i = 0; i < CHILDREN; i++)
        check(&children[i]);
}

/* ---- finding ---- */

struct child *children_find(uint32_t number)
{
    for (unsigned i = 0; number != 0 && i < CHILDREN; i++) {
        if (children[i].is.number != number)
            continue;
        check(&children[i]);
        return &children[i];
    }
    return NULL;
}

struct child *children_find_request(uint64_t spawner, uint64_t sequence)
{
    for (unsigned i = 0; sequence != 0 && i < CHILDREN; i++) {
        const struct child_record *is = &children[i].is;
        if (is->number == 0 || is->spawner != spawner || is->sequence != sequence)
            continue;
        check(&children[i]);
        return &children[i];
    }
    return NULL;
}

const struct child *children_at(unsigned index)
{
    if (index >= CHILDREN)
        return NULL;
    check(&children[index]);
    return &children[index];
}

/* ---- beginning ---- */

/* The next number; after four thousand million programs it starts again and passes over those in use. */
static uint32_t new_number(void)
{
    uint64_t stored;
    fail_stop_unless(!kept_load(kept->last_number, &stored, sizeof(stored)) || stored == last_number);
    do
        last_number = (uint32_t)(last_number + 1);
    while (last_number == 0 || children_find((uint32_t)last_number) != NULL);
    kept_store(kept->last_number, &last_number, &last_number, sizeof(last_number));
    return (uint32_t)last_number;
}

struct child *children_add(const struct child_record *record)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        struct child *child = &children[i];
        if (child->is.number != 0)
            continue;
        *child = (struct child){.is = *record};
        child->is.state = STATE_STARTING;
        child->is.number = new_number();
        store(child);
        fail_stop_unless(child->is.number == last_number && child->is.parent == record->parent &&
                         child->is.spawner == record->spawner && child->is.sequence == record->sequence);
        return child;
    }
    return NULL;
}

bool child_has_process(struct child *child, handle_t process)
{
    child->process = estate_take(process);
    if (child->process == 0) {
        estate_drop(process);
        return false;
    }
    child->is.process = process;
    store(child);
    return true;
}

void child_runs(struct child *child)
{
    child->is.state = STATE_RUNNING;
    store(child);
}

/* ---- ending ---- */

/* What the kernel says of its process. */
static uint64_t figure(const struct child *child, enum process_info what)
{
    uint64_t value = 0;
    sys_process_info(child->process, what, &value);
    return value;
}

static void destroy_process(struct child *child)
{
    if (child->process != 0)
        sys_cap_delete(SELF, child->process);
    child->process = 0;
    check(child); /* so it is this one's */
    estate_drop(child->is.process);
    child->is.process = 0;
    store(child);
}

void children_remove(struct child *child)
{
    destroy_process(child);
    if (child->handle != 0)
        sys_cap_delete(SELF, child->handle); /* the parent's copy stays: from now on it names nobody */
    *child = (struct child){0};
    store(child);
}

/* What is told is what is kept: it is told once. */
static void check_answer(const struct child *child, const struct message *answer)
{
    struct child_record record = stored(child);
    fail_stop_unless(answer->words[0] == record.end && answer->words[1] == record.value);
}

/* Answers a PROCESS_WAIT. False if the caller waits no longer: it died, or its deadline passed. */
static bool answer_wait(const struct child *child, uint64_t token)
{
    struct message answer = message(OK);
    answer.token = token;
    answer.word_count = 2;
    answer.words[0] = child->is.end;
    answer.words[1] = child->is.value;
    check_answer(child, &answer);
    return ipc_reply(&answer) == OK;
}

/* A program whose parent is gone: nobody will ask for its status any more. */
static void make_orphan(struct child *child)
{
    child->is.parent = 0;
    child->is.orphan = 1;
    store(child);
    if (child->is.state == STATE_ENDED)
        children_remove(child);
}

static void make_orphans(uint32_t parent)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (children[i].is.number != 0 && children[i].is.parent == parent)
            make_orphan(&children[i]);
    }
}

void child_end(struct child *child, enum process_end end, uint32_t value)
{
    child->is.state = STATE_ENDED;
    child->is.end = end;
    child->is.value = value;
    store(child);
    destroy_process(child);
    make_orphans(child->is.number);
    bool told = child->waiter != 0 && answer_wait(child, child->waiter);
    child->waiter = 0;
    if (told || child->is.orphan)
        children_remove(child);
}

bool child_has_exited(const struct child *child)
{
    return figure(child, PROCESS_EXITED) != 0;
}

/* A fault that a server took but did not live to note ends its program with a status that tells the vector. */
void child_exited(struct child *child)
{
    uint64_t status = figure(child, PROCESS_EXIT_STATUS);
    uint64_t vector = status - FAULT_EXIT_STATUS;
    if (vector < 256)
        child_end(child, END_FAULTED, (uint32_t)vector);
    else
        child_end(child, END_EXITED, (uint32_t)status);
}

void child_wait(struct child *child, uint64_t token)
{
    if (child->is.state == STATE_ENDED) {
        if (answer_wait(child, token))
            children_remove(child);
        return;
    }
    if (child->waiter != 0) {
        struct message answer = message(ERROR_INTERRUPTED);
        answer.token = child->waiter;
        ipc_reply(&answer); /* fails if that caller gave up, which is why there is a new one */
    }
    child->waiter = token;
}

unsigned children_waited_for(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < CHILDREN; i++)
        count += children[i].waiter != 0;
    return count;
}

/* ---- taking over ---- */

/* Did the first thread come to be, even if it has ended by now? */
static bool has_begun(const struct child *child)
{
    return figure(child, PROCESS_THREADS) > 0 || figure(child, PROCESS_EXITED) || figure(child, PROCESS_CPU_TIME) > 0;
}

static void take_over(struct child *child)
{
    child->process = child->is.state != STATE_ENDED ? estate_take(child->is.process) : 0;
    if (child->is.state == STATE_STARTING && child->process != 0 && has_begun(child))
        child_runs(child);
    if (child->is.state == STATE_STARTING)
        return children_remove(child);
    if (child->is.state == STATE_ENDED && child->is.process != 0)
        return destroy_process(child);
    if (child->is.state == STATE_RUNNING && child->process == 0)
        child_end(child, END_KILLED, 0);
    else if (child->is.state == STATE_RUNNING && child_has_exited(child))
        child_exited(child);
}

/* What was never stored is free, and what makes no sense is forgotten: whoever waits for that program is told that
 * there is none. */
static void load(struct child *child)
{
    uint64_t *place = place_of(child);
    if (kept_load(place, &child->is, sizeof(child->is)) && record_is_sound(&child->is))
        return;
    child->is = (struct child_record){0};
    kept_store(place, &child->is, &child->is, sizeof(child->is));
}

static uint32_t highest_number(void)
{
    uint32_t highest = 0;
    for (unsigned i = 0; i < CHILDREN; i++)
        highest = children[i].is.number > highest ? children[i].is.number : highest;
    return highest;
}

static bool is_known(handle_t process)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (children[i].is.number != 0 && children[i].is.process == process)
            return true;
    }
    return false;
}

static bool has_lost_parent(const struct child *child)
{
    const struct child *parent = children_find(child->is.parent);
    return child->is.parent != 0 && (parent == NULL || parent->is.state == STATE_ENDED);
}

bool children_open(void)
{
    handle_t memory = startup_capability("kept");
    kept = memory != 0 ? pages_map(memory, PAGES, RIGHT_READ | RIGHT_WRITE) : pages_allocate(PAGES);
    if (kept == NULL)
        return false;
    for (unsigned i = 0; i < CHILDREN; i++)
        load(&children[i]);
    if (!kept_load(kept->last_number, &last_number, sizeof(last_number)))
        last_number = highest_number();
    estate_sweep(is_known);
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (children[i].is.number != 0)
            take_over(&children[i]);
    }
    for (unsigned i = 0; i < CHILDREN; i++) {
        if (children[i].is.number != 0 && has_lost_parent(&children[i]))
            make_orphan(&children[i]);
    }
    return true;
}
