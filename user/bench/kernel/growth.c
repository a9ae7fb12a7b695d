/*
 * How cost grows: messages with the number of threads, deadlines with the number of armed ones, revoking with the size
 * of the tree.
 */
#include "user/bench/kernel/bench.h"
#include "user/bench/kernel/crowd.h"
#include "user/bench/kernel/server.h"
#include "user/lib/memory.h"

/* ---- messages: a round trip with 4 words while others are there ---- */

static uint64_t cost_of_call(uint64_t deadline)
{
    struct loop loop = {.handle = server_endpoint, .shape = SYS_CALL | SHAPE_WORDS(4), .deadline = deadline};
    uint64_t cost = cost_of(loop_call, &loop, FEW);
    EQUAL(SHAPE_GET_STATUS(loop.shape), OK);
    return cost;
}

/*
 * A call that waits in a queue of so many: all clients call, then the server answers one after the other, without
 * waiting. Every instruction of the server, the clients and the kernel is in it.
 */
static uint64_t cost_of_queueing(handle_t endpoint, unsigned clients)
{
    struct loop loop = {.handle = endpoint, .deadline = DEADLINE_FOREVER};
    uint64_t costs[BATCHES];
    for (unsigned batch = 0; batch <= BATCHES; batch++) {
        uint64_t start = instructions();
        sys_yield(); /* to all clients: each calls */
        loop.shape = SYS_REPLY_RECV;
        loop.count = clients;
        loop_serve(&loop);
        costs[batch ? batch - 1 : 0] = (instructions() - start + clients / 2) / clients;
    }
    return median(costs, BATCHES);
}

static void with_bystanders(const char *kind, struct crowd crowd)
{
    start_server(loop_echo);
    for (unsigned threads = 2; threads <= MAX_OWN_THREADS; threads *= 2) {
        crowd_grow(&crowd, threads - 2);
        line_print("POINT threads %s %u %lu\n", kind, threads, cost_of_call(DEADLINE_FOREVER));
    }
    crowd_end(&crowd);
    stop_server();
}

static void with_clients(void)
{
    handle_t endpoint = new_endpoint();
    struct crowd crowd = {.run = crowd_call, .object = endpoint, .rights = RIGHT_SEND, .priority = BENCH_PRIORITY};
    for (unsigned threads = 2; threads <= MAX_OWN_THREADS; threads *= 2) {
        crowd_grow(&crowd, threads + crowd.processes); /* first threads do not call */
        line_print("POINT threads queued %u %lu\n", threads, cost_of_queueing(endpoint, threads - 1));
    }
    crowd_end(&crowd);
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
}

void bench_threads(void)
{
    handle_t quiet = new_notification();
    with_bystanders(
        "blocked",
        (struct crowd){.run = crowd_sleep, .object = quiet, .rights = RIGHT_WAIT, .priority = BENCH_PRIORITY});
    with_bystanders("ready", (struct crowd){.run = crowd_spin, .object = quiet, .rights = RIGHT_WAIT, .priority = 1});
    with_clients();
}

/* ---- deadlines: what a finite one adds to a round trip while so many are armed ---- */

#define MOST_ARMED 10000
#define PLACES     8        /* tried among the others */
#define EARLIER    FAR_AWAY /* than all others, which lie between 2^62 and 2^62 + 2^56 */
#define LATER      (1ul << 63)

static uint64_t mean_among_others(void)
{
    uint64_t sum = 0;
    for (uint64_t place = 0; place < PLACES; place++)
        sum += cost_of_call(1ul << 62 | (2 * place + 1) << 50);
    return (sum + PLACES / 2) / PLACES;
}

void bench_deadlines(void)
{
    struct crowd crowd = {
        .run = crowd_sleep_until, .object = new_notification(), .rights = RIGHT_WAIT, .priority = BENCH_PRIORITY};
    static const unsigned counts[] = {1, 3, 10, 30, 100, 300, 1000, 3000, MOST_ARMED};
    start_server(loop_echo);
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        crowd_grow(&crowd, counts[i] + counts[i] / 4000 + 1); /* the first threads do not sleep until a moment */
        uint64_t without = cost_of_call(DEADLINE_FOREVER);
        line_print("POINT deadlines %u %lu %lu %lu\n", counts[i], cost_of_call(EARLIER) - without,
                   mean_among_others() - without, cost_of_call(LATER) - without);
    }
    crowd_end(&crowd);
    stop_server();
}

/* ---- revoke: by the size and the shape of the tree ---- */

#define MOST_DERIVED 12000

static handle_t other; /* a process with room for so many capabilities */

static handle_t derive(handle_t from, handle_t handle)
{
    handle_t derived;
    EQUAL(sys_cap_copy(from, handle, other, RIGHTS_ALL, &derived), OK);
    return derived;
}

static uint64_t cost_of_revoke(handle_t root)
{
    uint64_t start = instructions();
    EQUAL(sys_cap_revoke(SELF, root), OK);
    return instructions() - start;
}

static uint64_t revoke_children(unsigned count)
{
    handle_t root = new_notification();
    for (unsigned i = 0; i < count; i++)
        derive(SELF, root);
    return cost_of_revoke(root);
}

static uint64_t revoke_chain(unsigned count)
{
    handle_t root = new_notification(), last = derive(SELF, root);
    for (unsigned i = 1; i < count; i++)
        last = derive(other, last);
    return cost_of_revoke(root);
}

static uint64_t revoke_mappings(unsigned count)
{
    handle_t root = new_memory(1);
    for (unsigned i = 0; i < count; i++)
        EQUAL(sys_map(other, derive(SELF, root), (char *)HEAP_BASE + i * PAGE_SIZE, 0, 1, RIGHT_READ), OK);
    return cost_of_revoke(root);
}

void bench_revoke(void)
{
    static const unsigned counts[] = {1, 3, 10, 30, 100, 300, 1000, 3000, MOST_DERIVED};
    EQUAL(sys_process_create(2000, 0, 0, &other), OK);
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        line_print("POINT revoke %u %lu %lu %lu\n", counts[i], revoke_children(counts[i]), revoke_chain(counts[i]),
                   revoke_mappings(counts[i]));
    EQUAL(sys_cap_delete(SELF, other), OK);
}
