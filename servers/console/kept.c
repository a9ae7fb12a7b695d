#include "servers/console/kept.h"
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
    struct kept kept;
};
#define PAGES ((sizeof(struct kept_memory) + PAGE_SIZE - 1) / PAGE_SIZE)

struct kept *kept;
static uint64_t *place; /* of the position */

static bool ring_is_sound(uint64_t put, uint64_t taken)
{
    return taken <= put && put - taken <= RING_SIZE;
}

static bool is_sound(const struct position *position)
{
    return position->length <= LINE_SIZE && ring_is_sound(position->ready_put, position->ready_taken) &&
           ring_is_sound(position->terminal_put, kept->terminal_output.taken) &&
           ring_is_sound(position->job_put, kept->job_output.taken);
}

static void go_back_to(const struct position *position)
{
    kept->terminal_output.put = position->terminal_put;
    kept->job_output.put = position->job_put;
    kept->line.ready.put = position->ready_put;
    kept->line.ready.taken = position->ready_taken;
    kept->line.length = (unsigned)position->length;
    kept->line.raw = position->raw != 0;
    kept->state = position->state;
}

bool kept_open(bool *inherited)
{
    handle_t memory = startup_capability("kept");
    struct kept_memory *all = memory ? pages_map(memory, PAGES, RIGHT_READ | RIGHT_WRITE) : pages_allocate(PAGES);
    struct position position;
    if (!all)
        return false;
    place = all->position;
    kept = &all->kept;
    *inherited = kept_load(place, &position, sizeof(position)) && is_sound(&position);
    if (*inherited)
        go_back_to(&position);
    else
        memset(all, 0, sizeof(*all));
    return true;
}

void kept_commit(void)
{
    struct position position = {
        .terminal_put = kept->terminal_output.put,
        .job_put = kept->job_output.put,
        .ready_put = kept->line.ready.put,
        .ready_taken = kept->line.ready.taken,
        .length = kept->line.length,
        .raw = kept->line.raw,
        .state = kept->state,
    };
    kept_store(place, &position, sizeof(position));
}
