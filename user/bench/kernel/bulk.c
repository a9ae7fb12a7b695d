#include "user/bench/kernel/bulk.h"
#include "user/bench/kernel/bench.h"
#include "user/bench/kernel/spinners.h"
#include "user/lib/memory.h"

#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)
#define ITS_QUOTA  2500
#define MARK       0x1000 /* the first word of the data */

static enum bulk kind;
static handle_t endpoint, server, memory;
static uint64_t *data; /* the client's */

/* BULK_PAGES pages at a fresh address. */
static uint64_t *map_pages(handle_t pages)
{
    uint64_t *place = address_reserve(BULK_PAGES);
    EQUAL(sys_map(SELF, pages, place, 0, BULK_PAGES, READ_WRITE), OK);
    return place;
}

static handle_t make_memory(unsigned flags)
{
    handle_t made;
    EQUAL(sys_memory_create(SELF, BULK_PAGES, flags, &made), OK);
    return made;
}

static unsigned flags_for(enum bulk how)
{
    return how == BULK_MOVE ? MEMORY_MOVABLE : MEMORY_SHAREABLE;
}

static void offer_window(void *place, uint64_t pages)
{
    message_page()->window = (struct page_range){(uint64_t)place, pages};
}

/* The server: its own data, where what comes is found. */
static void serve(void *unused)
{
    struct loop loop = {.handle = told(HANDLE)};
    uint64_t *place = map_pages(kind == BULK_SHARE ? told(OTHER_HANDLE) : make_memory(flags_for(kind)));
    (void)unused;
    loop.other = (uint64_t)place;
    offer_window(place, BULK_PAGES);
    if (kind == BULK_COPY)
        loop_take_copy(&loop);
    loop.shape = kind == BULK_MOVE ? SHAPE_MOVE | SHAPE_WINDOW : 0;
    loop_look(&loop);
}

void bulk_start(enum bulk how)
{
    kind = how;
    server = partner(serve, 0, ITS_QUOTA, 0);
    endpoint = new_endpoint();
    memory = make_memory(flags_for(how));
    data = map_pages(memory);
    tell(HANDLE, give(endpoint, server, RIGHTS_ALL));
    if (how == BULK_SHARE)
        tell(OTHER_HANDLE, give(memory, server, RIGHTS_ALL));
}

void bulk_stop(void)
{
    EQUAL(sys_cap_delete(SELF, server), OK);
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
    EQUAL(sys_cap_delete(SELF, memory), OK);
    address_release(data, BULK_PAGES);
}

uint64_t bulk_cost(uint64_t bytes)
{
    static const uint64_t shapes[] = {SHAPE_LEASES(1), SHAPE_MOVE | SHAPE_WINDOW, 0};
    struct loop loop = {.handle = endpoint,
                        .shape = SYS_CALL | SHAPE_WORDS(2) | shapes[kind],
                        .deadline = DEADLINE_FOREVER,
                        .words = {bytes}};
    uint64_t pages = (bytes + PAGE_SIZE - 1) / PAGE_SIZE, cost;
    struct message_page *page = message_page();
    data[0] = MARK + bytes;
    page->leases[0] = (struct lease){(uint64_t)data, bytes, LEASE_READ};
    page->move = (struct page_range){(uint64_t)data, pages};
    offer_window(data, pages);
    cost = cost_of(board->cpus > 1 ? loop_call_in_turns : loop_call, &loop, pages > 8 ? 10 : FEW);
    EQUAL(SHAPE_GET_STATUS(loop.shape), OK);
    EQUAL(loop.words[0], bytes);
    EQUAL(loop.words[1], MARK + bytes);
    EQUAL(data[0], MARK + bytes);
    EQUAL(!!(loop.shape & SHAPE_MOVE), kind == BULK_MOVE);
    return cost;
}

/* ---- the curve ---- */

#define LEAST 512ul
#define MOST  (4ul << 20)

/* What no single message carries goes as several. */
static uint64_t cost_of_size(uint64_t bytes)
{
    uint64_t most = BULK_PAGES * PAGE_SIZE;
    return bytes > most ? bytes / most * bulk_cost(most) : bulk_cost(bytes);
}

void bench_bulk(void)
{
    static const char *const names[] = {"copy", "move", "share"};
    for (unsigned cpu = 1; cpu < board->cpus; cpu++)
        start_spinner(cpu);
    for (unsigned how = BULK_COPY; how <= BULK_SHARE; how++) {
        bulk_start(how);
        for (uint64_t bytes = LEAST; bytes <= MOST; bytes *= 2)
            line_print("POINT bulk %s-%u %lu %lu\n", names[how], board->cpus, bytes, cost_of_size(bytes));
        bulk_stop();
    }
}
