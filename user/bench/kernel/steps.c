/*
 * The longest stretch with interrupts off, by kind of operation: each is done at its largest, or with the most that can
 * wait for it, and the kernel itself measures (boot option measure=on).
 */
#include "user/bench/kernel/bench.h"
#include "user/bench/kernel/bulk.h"
#include "user/bench/kernel/crowd.h"
#include "user/bench/kernel/server.h"
#include "user/lib/memory.h"

#define PAGES      12000ul
#define DERIVED    12000u
#define MAPPINGS   1000u
#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)

static uint64_t longest(void)
{
    return sys_system_info(SYSTEM_LONGEST_STEP);
}

/* One kind: what is measured follows start(), up to stop(). */
static void start(void)
{
    longest();
}

static void stop(const char *what)
{
    line_print("POINT steps %s %lu\n", what, longest());
}

/* ---- messages ---- */

static void messages(void)
{
    struct message m = message(0);
    start_server(loop_echo);
    m.word_count = MESSAGE_WORDS;
    for (unsigned i = 0; i < MESSAGE_CAPABILITIES; i++)
        message_give(&m, server_endpoint, 0);
    for (unsigned i = 0; i < MESSAGE_LEASES; i++)
        message_lend(&m, &m, sizeof(m), LEASE_READ);
    start();
    EQUAL(ipc_call(server_endpoint, &m, DEADLINE_FOREVER), OK);
    stop("a_message_of_64_words,_4_capabilities,_2_leases");
    stop_server();
}

static void bulk(enum bulk how, const char *what)
{
    bulk_start(how);
    bulk_cost(PAGE_SIZE); /* by now the server has mapped its memory */
    start();
    bulk_cost(BULK_PAGES * PAGE_SIZE);
    stop(what);
    bulk_stop();
}

static void many_callers(void)
{
    handle_t endpoint = new_endpoint();
    struct crowd crowd = {.run = crowd_call, .object = endpoint, .rights = RIGHT_SEND, .priority = BENCH_PRIORITY};
    crowd_grow(&crowd, 1000);
    start();
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
    stop("an_endpoint_ends,_1,000_callers_are_told");
    crowd_end(&crowd);
}

/* Threads of processes that have ended are met where they were: receivers by who sends, ready ones by the scheduler. */
static void many_ended(void)
{
    handle_t endpoint = new_endpoint();
    struct crowd crowd = {
        .run = crowd_receive, .object = endpoint, .rights = RIGHT_RECEIVE, .priority = BENCH_PRIORITY};
    struct message m = message(0);
    crowd_grow(&crowd, MAX_OWN_THREADS - 1);
    crowd_exit(&crowd);
    start();
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
    stop("a_message_to_4,000_receivers_that_have_ended");
    start();
    crowd_end(&crowd);
    stop("a_process_with_4,000_threads_is_destroyed");
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
    crowd = (struct crowd){.run = crowd_spin, .object = new_notification(), .rights = RIGHT_WAIT, .priority = 1};
    crowd_grow(&crowd, MAX_OWN_THREADS - 1);
    start();
    crowd_exit(&crowd);
    rest(MILLISECOND);
    stop("a_process_with_4,000_ready_threads_exits");
    crowd_end(&crowd);
}

/* ---- time ---- */

static void deadlines(void)
{
    handle_t news = new_notification();
    struct crowd crowd = {.run = crowd_sleep_seconds, .object = news, .rights = RIGHT_WAIT, .priority = BENCH_PRIORITY};
    crowd_grow(&crowd, 1000);
    start();
    rest(3 * SECOND);
    stop("1,000_deadlines_pass_at_once");
    crowd_end(&crowd);
}

/* ---- memory ---- */

static void mappings(void)
{
    handle_t memory, contiguous;
    char *address = address_reserve(PAGES);
    start();
    EQUAL(sys_memory_create(SELF, PAGES, MEMORY_SHAREABLE, &memory), OK);
    EQUAL(sys_memory_create(SELF, 1024, MEMORY_DMA, &contiguous), OK);
    stop("memory_is_created,_12,000_pages_and_1,024_contiguous");
    start();
    EQUAL(sys_map(SELF, memory, address, 0, PAGES, READ_WRITE), OK);
    stop("12,000_fresh_pages_are_mapped");
    start();
    EQUAL(sys_protect(SELF, memory, RIGHT_READ), OK);
    stop("the_rights_of_12,000_pages_change");
    start();
    EQUAL(sys_unmap(SELF, memory), OK);
    stop("12,000_pages_are_unmapped");
    start();
    EQUAL(sys_map(SELF, memory, address, 0, PAGES, READ_WRITE), OK);
    stop("12,000_pages_are_mapped_again");
    start();
    EQUAL(sys_cap_delete(SELF, memory), OK);
    stop("memory_of_12,000_mapped_pages_ends");
    EQUAL(sys_cap_delete(SELF, contiguous), OK);
}

/* ---- capabilities and processes ---- */

static handle_t other;

static void revokes(void)
{
    handle_t root = new_notification(), memory = new_memory(1), copy;
    EQUAL(sys_process_create(2000, 0, 0, &other), OK);
    for (unsigned i = 0; i < DERIVED; i++)
        EQUAL(sys_cap_copy(SELF, root, other, 0, &copy), OK);
    start();
    EQUAL(sys_cap_revoke(SELF, root), OK);
    stop("12,000_capabilities_are_revoked");
    for (unsigned i = 0; i < MAPPINGS; i++) {
        EQUAL(sys_cap_copy(SELF, memory, other, RIGHTS_ALL, &copy), OK);
        EQUAL(sys_map(other, copy, (char *)HEAP_BASE + i * PAGE_SIZE, 0, 1, RIGHT_READ), OK);
    }
    start();
    EQUAL(sys_cap_revoke(SELF, memory), OK);
    stop("1,000_mappings_are_revoked");
    EQUAL(sys_cap_delete(SELF, other), OK);
}

static void processes(void)
{
    handle_t handle;
    start();
    EQUAL(sys_process_create(15000, 0, 0, &other), OK);
    for (unsigned i = 0; i < 300; i++) {
        EQUAL(sys_endpoint_create(other, &handle), OK);
        EQUAL(sys_notification_create(other, &handle), OK);
        EQUAL(sys_thread_create(other, PROGRAM_BASE, 0, 0, 0, 1, &handle), OK); /* never has its turn */
    }
    stop("processes,_threads_and_endpoints_are_created");
    for (unsigned i = 0; i < 300; i++) {
        EQUAL(sys_memory_create(other, 20, 0, &handle), OK);
        EQUAL(sys_map(other, handle, (char *)HEAP_BASE + i * 0x200000ul, 0, 20, READ_WRITE), OK);
    }
    start();
    EQUAL(sys_cap_delete(SELF, other), OK);
    stop("a_process_with_1,200_objects_ends");
}

void bench_steps(void)
{
    messages();
    bulk(BULK_COPY, "2_MiB_are_copied_by_a_lease");
    bulk(BULK_MOVE, "512_pages_move_with_a_message");
    many_callers();
    many_ended();
    deadlines();
    mappings();
    revokes();
    processes();
}
