/*
 * Any range of pages goes to any place.
 *
 * Two processes have pages that lie across the end of a page table and of a list of frame numbers, each elsewhere. One
 * calls with a range by chance, the other answers with another; a model says which page is where, which call must fail
 * and how many frames are free.
 */
#include "tests/guest/harness/movable.h"

#define MODEL_PAGES 700
#define HOLE        (~0ul)
enum { US, THEM };

static struct model {
    uint64_t tags[MODEL_PAGES]; /* HOLE: no page */
} model[2];
static uint64_t model_free, moved;
static handle_t endpoint;

struct range {
    uint64_t first, count;
};

static const char *const model_places[] = {(char *)0x200000000000 - 130 * PAGE_SIZE,
                                           (char *)0x210000000000 - 600 * PAGE_SIZE};
static const uint64_t model_first[] = {1000, 330}; /* page of the Memory: list ends at 24 and 694 */

static void map_model(unsigned side, handle_t *memory)
{
    EQUAL(sys_memory_create(SELF, 1800, MEMORY_MOVABLE, memory), OK);
    EQUAL(sys_map(SELF, *memory, (void *)model_places[side], model_first[side], MODEL_PAGES, READ_WRITE), OK);
    for (uint64_t i = 0; i < MODEL_PAGES; i++)
        *tag_of(model_places[side], i) = 10000 * side + i;
}

/* What a move must come to; the model follows it. */
static int move_in_model(unsigned from, struct range range, struct range window)
{
    uint64_t *source = model[from].tags + range.first, *target = model[!from].tags + window.first;
    for (uint64_t i = 0; i < range.count; i++)
        if (source[i] == HOLE)
            return E_ADDRESS;
    if (window.count < range.count)
        return E_WINDOW;
    for (uint64_t i = 0; i < range.count; i++) {
        model_free += target[i] != HOLE;
        target[i] = source[i];
        source[i] = HOLE;
    }
    moved += range.count;
    return OK;
}

static uint64_t chance(uint64_t below)
{
    static uint64_t state = 0x9e3779b97f4a7c15;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state % below;
}

static struct range any_range(uint64_t most)
{
    struct range range = {.count = 1 + chance(chance(4) ? most : 8)};
    range.first = chance(MODEL_PAGES - range.count + 1);
    return range;
}

/* A range that mostly has all its pages. */
static struct range any_pages(unsigned side)
{
    struct range range = any_range(MESSAGE_MOVE_PAGES);
    uint64_t present = 0;
    while (present < range.count && model[side].tags[range.first + present] != HOLE)
        present++;
    if (present && chance(4))
        range.count = present;
    return range;
}

/* What the other process does with a call. */
struct order {
    struct range answer, window; /* the pages it answers with; its window for the next call */
};

static void follow(const struct order *order, struct message *m)
{
    message_move(m, tag_of(model_places[THEM], order->answer.first), order->answer.count);
    message_window(m, tag_of(model_places[THEM], order->window.first), order->window.count);
    m->label = OK;
}

/* The other process. If its answer cannot move, it says why instead. */
static void answer_ranges(void *unused)
{
    struct message m = message(0);
    handle_t memory;
    (void)unused;
    map_model(THEM, &memory);
    EVENTUALLY(PARTNER_ENDPOINT);
    EQUAL(ipc_recv(PARTNER_ENDPOINT, &m, sys_clock() + 5 * SECOND), OK);
    for (;;) {
        follow((const struct order *)m.words, &m);
        m.label = (unsigned)ipc_reply_recv(PARTNER_ENDPOINT, &m, DEADLINE_FOREVER);
        if (m.label == OK)
            continue;
        m.move = 0;
        if (ipc_reply_recv(PARTNER_ENDPOINT, &m, DEADLINE_FOREVER) != OK)
            return;
    }
}

static void expect_model(unsigned side)
{
    for (uint64_t i = 0; i < MODEL_PAGES; i++)
        if (model[side].tags[i] != HOLE)
            EQUAL(*tag_of(model_places[side], i), model[side].tags[i]);
}

/* Our missing pages come back, as zeroes. */
static void map_anew(handle_t memory)
{
    EQUAL(sys_unmap(SELF, memory), OK);
    EQUAL(sys_map(SELF, memory, (void *)model_places[US], model_first[US], MODEL_PAGES, READ_WRITE), OK);
    for (uint64_t i = 0; i < MODEL_PAGES; i++) {
        model_free -= model[US].tags[i] == HOLE;
        model[US].tags[i] = model[US].tags[i] == HOLE ? 0 : model[US].tags[i];
    }
}

static void call_by_chance(struct range *their_window)
{
    struct order order = {.window = any_range(600)};
    struct range leaves = any_pages(US), window = any_range(600);
    struct message m = {.word_count = 4};
    int expected = OK;
    if (chance(8)) {
        message_move(&m, tag_of(model_places[US], leaves.first), leaves.count);
        expected = move_in_model(US, leaves, *their_window);
    }
    message_window(&m, tag_of(model_places[US], window.first), window.count);
    order.answer = any_pages(THEM);
    *(struct order *)m.words = order;
    EQUAL(ipc_call(endpoint, &m, sys_clock() + 5 * SECOND), expected);
    if (expected != OK)
        return;
    *their_window = order.window;
    EQUAL(m.label, move_in_model(THEM, order.answer, window));
    EQUAL(m.move, m.label == OK);
}

static void any_range_goes_to_any_place(void)
{
    struct range their_window = {0, 0};
    struct message first = message(0);
    handle_t memory, process;
    uint64_t found;
    map_model(US, &memory);
    process = moving_partner(answer_ranges, &endpoint);
    for (unsigned side = 0; side < 2; side++)
        for (uint64_t i = 0; i < MODEL_PAGES; i++)
            model[side].tags[i] = 10000 * side + i;
    first.words[1] = 1, first.word_count = 4; /* moves nothing yet: we offer no window */
    EQUAL(ipc_call(endpoint, &first, sys_clock() + 5 * SECOND), OK);
    EQUAL(first.label, E_WINDOW);
    model_free = sys_system_info(SYSTEM_FRAMES_FREE);
    while (again(2000)) {
        call_by_chance(&their_window);
        EQUAL(sys_system_info(SYSTEM_FRAMES_FREE), model_free);
        if (chance(4) == 0)
            map_anew(memory);
        if (chance(100) == 0) {
            expect_model(US);
            EQUAL(sys_audit(SELF, &found), OK);
        }
    }
    expect_model(US);
    CHECK(moved > 10 * board->rounds || board->rounds < 100);
    EQUAL(sys_audit(process, &found), OK);
}

int main(void)
{
    RUN(any_range_goes_to_any_place);
    finish();
}
