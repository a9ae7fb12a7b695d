/*
 * Pages that move with messages: from movable Memory of the sender into movable Memory of the receiver.
 */
#include "tests/guest/harness/story.h"
#include "user/lib/memory.h"

#define SERVER     20 /* priority: runs at once */
#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)

/* Movable pages somewhere, each beginning with `mark` and its number; and the Memory's handle. */
static volatile uint64_t *movable(uint64_t pages, uint64_t mark, handle_t *memory)
{
    volatile uint64_t *place = address_reserve(pages);
    EQUAL(sys_memory_create(SELF, pages, MEMORY_MOVABLE, memory), OK);
    EQUAL(sys_map(SELF, *memory, (void *)place, 0, pages, READ_WRITE), OK);
    for (uint64_t i = 0; i < pages; i++)
        place[i * (PAGE_SIZE / 8)] = mark + i;
    return place;
}

static volatile uint64_t *page(volatile uint64_t *base, uint64_t number)
{
    return base + number * (PAGE_SIZE / 8);
}

/* ---- both sides in one process ---- */

static handle_t endpoint;
static volatile uint64_t *window;

static void receive_one(void *unused)
{
    struct message m = message(0);
    uint64_t pages;
    (void)unused;
    message_window(&m, (void *)window, 8);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_FOREVER), OK);
    CHECK(message_moved(&m, &pages) == window);
    EQUAL(pages, 3);
    EQUAL(m.words[0], 77);
    for (unsigned i = 0; i < 8; i++)
        EQUAL(*page(window, i), i < 3 ? 102 + i : 200 + i);
    board->cells[0] = 1;
}

static void pages_go_with_a_send(void)
{
    handle_t ours, theirs;
    volatile uint64_t *pages = movable(8, 100, &ours);
    struct message m = message(1);
    window = movable(8, 200, &theirs);
    endpoint = new_endpoint();
    worker(receive_one, 0, SERVER);
    settle();
    m.words[0] = 77, m.word_count = 1;
    message_move(&m, (void *)page(pages, 2), 3);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_FOREVER), OK);
    settle();
    EQUAL(board->cells[0], 1);
    /* what is gone comes back as zeroes with the next mapping */
    EQUAL(sys_unmap(SELF, ours), OK);
    EQUAL(sys_map(SELF, ours, (void *)pages, 0, 8, READ_WRITE), OK);
    for (unsigned i = 0; i < 8; i++)
        EQUAL(*page(pages, i), i >= 2 && i < 5 ? 0 : 100 + i);
}

int main(void)
{
    RUN(pages_go_with_a_send);
    finish();
}
