#include "tests/guest/harness/threads.h"
#include "tests/guest/harness/story.h"
#include "user/lib/start.h"
#include "user/lib/thread.h"

/* Two stacks apart, as the library does; block 0 is the first thread's. */
static uint64_t stacks_used = 1;

handle_t worker_on(uint64_t affinity, void (*run)(void *argument), void *argument, unsigned priority)
{
    uint64_t number = __atomic_fetch_add(&stacks_used, 1, __ATOMIC_RELAXED);
    uint64_t block = STACKS_BASE + 2 * STACK_SIZE * number;
    struct thread_start *start = (struct thread_start *)(block + STACK_SIZE) - 1;
    handle_t thread;
    EQUAL(sys_map(SELF, new_memory(STACK_SIZE / PAGE_SIZE), (void *)block, 0, STACK_SIZE / PAGE_SIZE,
                  RIGHT_READ | RIGHT_WRITE),
          OK);
    *start = (struct thread_start){run, argument};
    EQUAL(
        sys_thread_create(SELF, (uint64_t)thread_entry, (uint64_t)start, (uint64_t)start, priority, affinity, &thread),
        OK);
    return thread;
}

handle_t worker(void (*run)(void *argument), void *argument, unsigned priority)
{
    return worker_on(1ul << board->thread_cpu, run, argument, priority);
}

void rest(uint64_t nanoseconds)
{
    uint64_t bits;
    if (!own.quiet)
        own.quiet = new_notification();
    EQUAL(sys_wait(own.quiet, sys_clock() + nanoseconds, &bits), E_TIMEOUT);
}

void rest_until(uint64_t when)
{
    uint64_t now = sys_clock();
    if (now < when)
        rest(when - now);
}

uint64_t my_number(void)
{
    return thread_block()->number;
}

/* Runs only when nothing else wants its CPU: its signal is the news. Signals, unlike calls, lend it no priority. */
static void probe(void *number)
{
    struct probe *mine = &own.probes[(uint64_t)number];
    uint64_t bits;
    for (;;) {
        EQUAL(sys_wait(mine->question, DEADLINE_FOREVER, &bits), OK);
        EQUAL(sys_signal(mine->answer, 1), OK);
    }
}

void settle(void)
{
    for (uint64_t cpu = 0; cpu < board->cpus; cpu++) {
        struct probe *theirs = &own.probes[cpu];
        uint64_t bits;
        if (!theirs->question) {
            theirs->question = new_notification();
            theirs->answer = new_notification();
            worker_on(1ul << cpu, probe, (void *)cpu, 0);
        }
        EQUAL(sys_signal(theirs->question, 1), OK);
        EQUAL(sys_wait(theirs->answer, DEADLINE_FOREVER, &bits), OK);
    }
}
