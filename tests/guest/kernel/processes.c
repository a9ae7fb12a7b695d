/*
 * Processes: their quotas, their ends, and what is left of them, which is nothing. The frame of the tests compares
 * frames, objects, capabilities, threads and processes around each story; here are the stories that make many.
 */
#include "tests/guest/harness/story.h"
#include "user/lib/memory.h"
#include <string.h>

#define LOW 5 /* a child's priority: it runs when the main thread waits */

static void do_nothing(void *unused)
{
    (void)unused;
}

static handle_t endpoint;

/* Waits until some child has told its end; its status. */
static uint64_t await_exit(void)
{
    struct message m = received(endpoint);
    EQUAL(m.label, LABEL_EXIT);
    EQUAL(m.arrival, ARRIVAL_EVENT);
    EQUAL(m.token, 0);
    return m.words[0];
}

/* A thousand processes, ten alive at a time: created, run, ended, destroyed. */
static void a_thousand_processes(void)
{
    enum { TOGETHER = 10, ALL = 1000 };
    handle_t children[TOGETHER];
    uint64_t frames = 0;
    endpoint = new_endpoint();
    while (again(ALL / TOGETHER)) {
        if (board->rounds == 2)
            frames = sys_system_info(SYSTEM_FRAMES_FREE); /* the first ones brought page tables of ours */
        for (unsigned j = 0; j < TOGETHER; j++) {
            children[j] = clone(do_nothing, 0, &(struct clone_options){.fault = endpoint, .priority = LOW});
            CHECK(children[j] != 0);
        }
        for (unsigned j = 0; j < TOGETHER; j++)
            EQUAL(await_exit(), 0);
        for (unsigned j = 0; j < TOGETHER; j++)
            EQUAL(sys_cap_delete(SELF, children[j]), OK);
    }
    EQUAL(sys_system_info(SYSTEM_FRAMES_FREE), frames);
    CHECK(!board->exact || board->rounds == ALL / TOGETHER);
}

/* The status is the process's own, and comes through the capability that its creator gave: with that one's badge. */
static void exit_with(void *status)
{
    sys_process_exit((uint64_t)status);
}

static void the_supervisor_hears_of_the_end(void)
{
    struct message m;
    endpoint = new_endpoint();
    CHECK(clone(exit_with, (void *)0x1234567890, &(struct clone_options){.fault = minted(endpoint, RIGHTS_ALL, 88)}));
    m = received(endpoint);
    EQUAL(m.label, LABEL_EXIT);
    EQUAL(m.badge, 88);
    EQUAL(m.words[0], 0x1234567890);
}

/* What a process that has ended still is: a table and memory, until its capability is deleted; no new threads. */
static void an_ended_process_is_still_there(void)
{
    handle_t child, thread;
    endpoint = new_endpoint();
    child = clone(do_nothing, 0, &(struct clone_options){.fault = endpoint, .priority = LOW});
    CHECK(child != 0);
    await_exit();
    EQUAL(figure(child, PROCESS_EXITED), 1);
    CHECK(figure(child, PROCESS_CAPABILITIES) > 0);
    EQUAL(sys_thread_create(child, PROGRAM_BASE, 0, 0, 0, 0, &thread), E_DEAD);
    EQUAL(sys_cap_delete(SELF, child), OK);
    EQUAL(sys_thread_create(child, PROGRAM_BASE, 0, 0, 0, 0, &thread), E_HANDLE);
}

/* ---- ends while threads run ---- */

__attribute__((naked)) static void spin(void)
{
    __asm__("1: pause; jmp 1b");
}

static void spin_everywhere(void *unused)
{
    handle_t thread;
    (void)unused;
    for (unsigned cpu = 0; cpu < board->cpus; cpu++)
        for (unsigned i = 0; i < 3; i++)
            EQUAL(sys_thread_create(SELF, (uint64_t)spin, 0, 0, LOW, 1ul << cpu, &thread), OK);
    board->cells[0]++;
    for (;;)
        rest(1000 * SECOND);
}

/* Three threads on every CPU, in user mode; destruction needs none of them to come into the kernel by itself. */
static void a_process_is_destroyed_while_it_runs(void)
{
    for (unsigned round = 0; round < 10; round++) {
        handle_t child = clone(spin_everywhere, 0, &(struct clone_options){.priority = LOW + 1});
        CHECK(child != 0);
        EVENTUALLY(board->cells[0] == round + 1);
        EQUAL(sys_cap_delete(SELF, child), OK);
    }
}

/* The same, but it ends itself: no thread of it runs any more, when its end has been told and a moment passed. */
static void count_and_exit(void *unused)
{
    (void)unused;
    for (uint64_t i = 0; i < 3; i++)
        worker_on(~0ul >> (64 - MAX_CPUS), spin_everywhere, 0, LOW);
    rest(5 * MILLISECOND);
    sys_process_exit(3);
}

static void a_process_ends_itself_while_it_runs(void)
{
    handle_t child;
    uint64_t time;
    endpoint = new_endpoint();
    child = clone(count_and_exit, 0, &(struct clone_options){.fault = endpoint, .priority = LOW + 1});
    CHECK(child != 0);
    EQUAL(await_exit(), 3);
    rest(30 * MILLISECOND);
    time = figure(child, PROCESS_CPU_TIME);
    rest(30 * MILLISECOND);
    EQUAL(figure(child, PROCESS_CPU_TIME), time);
}

/* ---- trees ---- */

/* Makes one child, which makes one child, ... `depth` times; the last one says so. Each keeps running. */
static void make_chain(void *depth)
{
    uint64_t left = (uint64_t)depth;
    if (left == 0) {
        board->cells[0] = 1;
    } else {
        uint64_t quota = figure(SELF, PROCESS_QUOTA) - 150;
        CHECK(clone(make_chain, (void *)(left - 1), &(struct clone_options){.quota = quota, .priority = LOW}) != 0);
    }
    for (;;)
        rest(1000 * SECOND);
}

/* Fifty processes, each within the one before, go with the first. */
static void a_chain_of_fifty_is_destroyed_from_the_top(void)
{
    uint64_t processes = sys_system_info(SYSTEM_PROCESSES);
    handle_t top = clone(make_chain, (void *)49, &(struct clone_options){.quota = 10000, .priority = LOW});
    CHECK(top != 0);
    EVENTUALLY(board->cells[0] == 1);
    EQUAL(sys_system_info(SYSTEM_PROCESSES), processes + 50);
    EQUAL(sys_cap_delete(SELF, top), OK);
    EQUAL(sys_system_info(SYSTEM_PROCESSES), processes);
}

/* There is a limit to it, with an error code at its end. */
static void make_endless_chain(void *depth)
{
    handle_t child;
    uint64_t quota = figure(SELF, PROCESS_QUOTA) - 150;
    int status;
    while ((status = sys_process_create(quota, 0, 0, &child)) == E_QUOTA)
        quota -= 10;
    EQUAL(sys_cap_delete(SELF, child), status == OK ? OK : E_HANDLE);
    board->cells[1] = (uint64_t)status;
    board->cells[0] = (uint64_t)depth;
    if (status == OK)
        clone(make_endless_chain, (char *)depth + 1, &(struct clone_options){.quota = quota, .priority = LOW});
    for (;;)
        rest(1000 * SECOND);
}

static void the_depth_has_a_limit(void)
{
    handle_t top = clone(make_endless_chain, (void *)2, &(struct clone_options){.quota = 15000, .priority = LOW});
    CHECK(top != 0);
    EVENTUALLY(board->cells[1] == E_LIMIT);
    CHECK(board->cells[0] >= 60);
    EQUAL(sys_cap_delete(SELF, top), OK);
}

/* A child that holds the capability of its parent can use it, but not destroy what it lives in. */
static void destroy_parent(void *unused)
{
    (void)unused;
    EQUAL(sys_cap_delete(SELF, board->cells[2]), OK); /* a copy, that is allowed */
    EQUAL(sys_cap_delete(board->cells[3], board->cells[4]), E_ARGUMENT);
    board->cells[0] = 1;
}

static void a_child_cannot_destroy_its_parent(void)
{
    handle_t child = clone(destroy_parent, 0, &(struct clone_options){.priority = LOW, .affinity = 1});
    CHECK(child != 0);
    board->cells[2] = give(own.self, child, RIGHTS_ALL);
    board->cells[3] = give(own.self, child, RIGHTS_ALL);
    board->cells[4] = child; /* its own root, in our table */
    EVENTUALLY(board->cells[0] == 1);
}

/* ---- quotas ---- */

/* With what is left a process can make nothing; what it made and deleted it can make again. */
static int make(handle_t process, unsigned kind, handle_t *handle)
{
    switch (kind) {
    case 0:
        return sys_endpoint_create(process, handle);
    case 1:
        return sys_notification_create(process, handle);
    case 2:
        return sys_memory_create(process, 1, MEMORY_SHAREABLE, handle);
    case 3:
        return sys_memory_create(process, 2, MEMORY_DMA, handle);
    default:
        return sys_thread_create(process, PROGRAM_BASE, 0, 0, 0, 1, handle);
    }
}

static void every_object_has_its_price(void)
{
    static const uint64_t price[] = {1, 1, 3, 3, 2};
    handle_t process, handle, first;
    EQUAL(sys_process_create(200, 0, 0, &process), OK);
    EQUAL(make(process, 4, &first), OK); /* tables for message pages stay */
    EQUAL(sys_cap_delete(process, first), OK);
    for (unsigned kind = 0; kind < 5; kind++) {
        uint64_t used = figure(process, PROCESS_USED);
        EQUAL(make(process, kind, &handle), OK);
        EQUAL(figure(process, PROCESS_USED), used + price[kind]);
        EQUAL(sys_cap_delete(process, handle), OK);
        EQUAL(figure(process, PROCESS_USED), used);
    }
}

static void at_the_end_of_its_quota_everything_is_refused(void)
{
    handle_t process, handle, child, last = 0;
    uint64_t capabilities;
    EQUAL(sys_process_create(100, 0, 0, &process), OK);
    while (make(process, 0, &handle) == OK)
        last = handle;
    EQUAL(figure(process, PROCESS_USED), 100);
    for (unsigned kind = 0; kind < 5; kind++)
        EQUAL(make(process, kind, &handle), E_QUOTA);
    EQUAL(sys_process_create(figure(SELF, PROCESS_QUOTA), 0, 0, &child), E_QUOTA);
    EQUAL(sys_audit(process, &capabilities), OK);
    EQUAL(sys_cap_delete(process, last), OK);
    EQUAL(make(process, 1, &handle), OK);
    EQUAL(make(process, 1, &handle), E_QUOTA);
    EQUAL(sys_cap_delete(SELF, process), OK);
}

/* One takes all it can get, over and over; its neighbour allocates what it owns, and always gets it. */
static void take_all(void *unused)
{
    handle_t memory;
    (void)unused;
    for (;;) {
        while (sys_memory_create(SELF, 10, 0, &memory) == OK)
            sys_map(SELF, memory, address_reserve(10), 0, 10, RIGHT_READ | RIGHT_WRITE);
        board->cells[0]++;
    }
}

static void a_hog_hits_its_own_wall(void)
{
    CHECK(clone(take_all, 0, &(struct clone_options){.quota = 3000, .priority = LOW}) != 0);
    EVENTUALLY(board->cells[0] > 100);
    for (unsigned i = 0; i < 50; i++) {
        char *pages = address_reserve(100);
        handle_t memory = new_memory(100);
        EQUAL(sys_map(SELF, memory, pages, 0, 100, RIGHT_READ | RIGHT_WRITE), OK);
        memset(pages, 1, 100 * PAGE_SIZE);
        pages_release(pages, 100, memory);
    }
}

/* ---- threads ---- */

__attribute__((naked)) static void end_at_once(void)
{
    __asm__("mov %0, %%eax\n\tsyscall" ::"i"(SYS_THREAD_EXIT));
}

static void two_thousand_threads(void)
{
    static handle_t threads[2000];
    uint64_t alive = sys_system_info(SYSTEM_THREADS);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 2000; i++)
            EQUAL(sys_thread_create(SELF, (uint64_t)end_at_once, 0, 0, i % STORY_PRIORITY, 0, &threads[i]), OK);
        EQUAL(sys_system_info(SYSTEM_THREADS), alive + 2000);
        rest(MILLISECOND);
        for (unsigned i = 0; i < 2000; i++)
            EQUAL(sys_cap_delete(SELF, threads[i]), OK);
        EQUAL(sys_system_info(SYSTEM_THREADS), alive);
    }
}

/* Threads deleted while they run, on any CPU. */
static void running_threads_can_be_deleted(void)
{
    while (again(100)) {
        handle_t thread;
        EQUAL(sys_thread_create(SELF, (uint64_t)spin, 0, 0, LOW, 1ul << board->rounds % board->cpus, &thread), OK);
        if (board->rounds % 3 == 0)
            rest(100 * MICROSECOND);
        EQUAL(sys_cap_delete(SELF, thread), OK);
    }
}

int main(void)
{
    RUN_ONCE(a_thousand_processes);
    RUN_ONCE(the_supervisor_hears_of_the_end);
    RUN_ONCE(an_ended_process_is_still_there);
    RUN_ONCE(a_process_is_destroyed_while_it_runs);
    RUN_ONCE(a_process_ends_itself_while_it_runs);
    RUN_ONCE(a_chain_of_fifty_is_destroyed_from_the_top);
    RUN_ONCE(the_depth_has_a_limit);
    RUN_ONCE(a_child_cannot_destroy_its_parent);
    RUN_ONCE(every_object_has_its_price);
    RUN_ONCE(at_the_end_of_its_quota_everything_is_refused);
    RUN_ONCE(a_hog_hits_its_own_wall);
    RUN_ONCE(two_thousand_threads);
    RUN_ONCE(running_threads_can_be_deleted);
    finish();
}
