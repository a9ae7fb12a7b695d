#include "servers/console/kept.h"
#include "user/lib/fail_stop.h"
#include "user/lib/kept.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include <string.h>

/* All that a commit saves. */
struct position {
    uint64_t terminal_put, job_put, ready_put, ready_taken;
    uint64_t length, raw; /* of the line */
    struct kept_state state;
};
_Static_assert(sizeof(struct position) % sizeof(uint64_t) == 0, "a record of whole words");

struct kept_memory {
    uint64_t position[KEPT_WORDS(struct position)];
    uint64_t aside[KEPT_WORDS(struct claims_aside)];
    struct kept kept;
};
#define PAGES ((sizeof(struct kept_memory) + PAGE_SIZE - 1) / PAGE_SIZE)

struct kept *kept;
static uint64_t *place;           /* of the position */
static struct position committed; /* last */
static struct claims_aside aside;

static bool ring_is_sound(uint64_t put, uint64_t taken)
{
    return taken <= put && put - taken <= RING_SIZE;
}

static bool state_is_sound(const struct kept_state *state)
{
    return claim_is_sound(&state->output.terminal_write, CLAIM_TERMINAL_WRITE) &&
           claim_is_sound(&state->output.job_write, CLAIM_JOB_WRITE) &&
           claim_is_sound(&state->output.job_end, CLAIM_JOB_END) && claim_is_sound(&state->input.read, CLAIM_READ);
}

/* What was read was taken. */
static bool read_is_sound(const struct claim *read, uint64_t taken)
{
    return read->from <= taken && read->done <= taken - read->from;
}

/* Can there be such a position? */
static bool is_sound(const struct position *position)
{
    return position->length <= LINE_SIZE && position->raw <= 1 &&
           ring_is_sound(position->ready_put, position->ready_taken) &&
           read_is_sound(&position->state.input.read, position->ready_taken) && state_is_sound(&position->state);
}

/* Can the kept bytes be as a position says? What the kernel counted is not part of it. */
static bool output_fits(const struct outgoing *output, uint64_t put)
{
    return put == output->end && ring_is_sound(put, output->ring.taken);
}

static bool input_fits(const struct port_input *input, uint64_t used)
{
    return input->count - used <= 1;
}

/* The end of a ring goes forward, and no further than the ring is long. */
static bool may_follow(uint64_t before, uint64_t put)
{
    return put - before <= RING_SIZE;
}

/* What waits for readers: nothing is there that was not typed, or was there, or was taken by the last reader, who did
 * not get it. */
static uint64_t waiting(const struct position *position)
{
    return position->ready_put - position->ready_taken + position->length;
}

static bool typed_fits(const struct position *before, const struct position *position)
{
    const struct kept_input *was = &before->state.input, *is = &position->state.input;
    uint64_t typed = is->serial_used - was->serial_used + (is->keyboard_used - was->keyboard_used) * KEYBOARD_BYTES;
    if (position->ready_taken >= before->ready_taken)
        return waiting(position) <= waiting(before) + typed;
    return position->ready_taken == was->read.from && position->ready_put == before->ready_put &&
           position->length == before->length;
}

/* ---- taking over ---- */

/* A byte of which it cannot be known whether it was used counts as used. */
static void go_back_to_input(const struct port_input *input, uint64_t *used)
{
    if (!input_fits(input, *used))
        *used = input->count;
}

static void go_back_to(const struct position *position)
{
    outgoing_recover(&kept->terminal.output, position->terminal_put);
    outgoing_recover(&kept->job.output, position->job_put);
    kept->line.ready.put = position->ready_put;
    kept->line.ready.taken = position->ready_taken;
    kept->line.length = (unsigned)position->length;
    kept->line.raw = position->raw != 0;
    kept->state = position->state;
    go_back_to_input(&kept->terminal.input, &kept->state.input.serial_used);
    go_back_to_input(&kept->keyboard_input, &kept->state.input.keyboard_used);
}

/* The last claims' answers may not have arrived. */
static void put_claims_aside(uint64_t *stored)
{
    if (!kept_load(stored, &aside, sizeof(aside)))
        aside = (struct claims_aside){0};
    claims_put_aside(&aside, &kept->state.output.terminal_write);
    claims_put_aside(&aside, &kept->state.output.job_write);
    claims_put_aside(&aside, &kept->state.output.job_end);
    claims_put_aside(&aside, &kept->state.input.read);
    kept_store(stored, &aside, &aside, sizeof(aside));
}

bool kept_open(bool *inherited)
{
    handle_t memory = startup_capability("kept");
    struct kept_memory *all = memory ? pages_map(memory, PAGES, RIGHT_READ | RIGHT_WRITE) : pages_allocate(PAGES);
    if (!all)
        return false;
    place = all->position;
    kept = &all->kept;
    *inherited = kept_load(place, &committed, sizeof(committed)) && is_sound(&committed);
    if (!*inherited) {
        memset(all, 0, sizeof(*all));
        memset(&committed, 0, sizeof(committed));
    }
    go_back_to(&committed);
    committed.state = kept->state; /* what was amended is what the next commit is compared with */
    put_claims_aside(all->aside);
    return true;
}

/* ---- going on ---- */

const struct claim *kept_find_claim(const struct claim *last, enum claim_kind kind, uint64_t sender, uint64_t sequence)
{
    return claims_find(last, &aside, kind, sender, sequence);
}

static void check(const struct position *position)
{
    fail_stop_unless(kept == &((struct kept_memory *)place)->kept);
    fail_stop_unless(is_sound(position) && output_fits(&kept->terminal.output, position->terminal_put) &&
                     output_fits(&kept->job.output, position->job_put));
    fail_stop_unless(input_fits(&kept->terminal.input, position->state.input.serial_used) &&
                     input_fits(&kept->keyboard_input, position->state.input.keyboard_used));
    fail_stop_unless(may_follow(committed.terminal_put, position->terminal_put) &&
                     may_follow(committed.job_put, position->job_put) &&
                     may_follow(committed.ready_put, position->ready_put) && typed_fits(&committed, position));
}

/* What a commit is not about is as it was. */
static void check_rest(struct position position, enum kept_part part)
{
    position.terminal_put = committed.terminal_put;
    if (part == KEPT_OUTPUT) {
        position.job_put = committed.job_put;
        position.state.output = committed.state.output;
    } else {
        position.ready_put = committed.ready_put;
        position.ready_taken = committed.ready_taken;
        position.length = committed.length;
        position.raw = committed.raw;
        position.state.input = committed.state.input;
    }
    fail_stop_unless(memcmp(&position, &committed, sizeof(position)) == 0);
}

static struct position position_now(void)
{
    return (struct position){
        .terminal_put = kept->terminal.output.ring.put,
        .job_put = kept->job.output.ring.put,
        .ready_put = kept->line.ready.put,
        .ready_taken = kept->line.ready.taken,
        .length = kept->line.length,
        .raw = kept->line.raw,
        .state = kept->state,
    };
}

void kept_commit(enum kept_part part)
{
    struct position position = position_now();
    check(&position);
    check_rest(position, part);
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* made once more: what is stored is what there is */
    struct position again = position_now();
    fail_stop_unless(memcmp(&position, &again, sizeof(position)) == 0);
    fail_stop_unless(kept_store(place, &position, &again, sizeof(position)));
    committed = position;
}
