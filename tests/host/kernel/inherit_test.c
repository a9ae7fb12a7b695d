/*
 * Priority inheritance against its definition: the highest of a thread's own priority, that of the call it serves, and
 * that of everybody who waits at the endpoint it is bound to, computed anew from where all threads are.
 *
 * Threads only call those with a higher number, so that there are no circles: on those, priorities that hold each other
 * up are allowed to stay until somebody leaves (a guest test tells of them).
 */
#include "kernel/base/trace.h"
#include "kernel/sched/inherit.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timeout.h"
#include "tests/host/kernel/unit.h"
#include <string.h>

#define THREADS   10
#define ENDPOINTS 4

static struct thread *threads[THREADS];
static struct sender_queue endpoints[ENDPOINTS];
static struct process process;

/* ---- the kernel around the tested files; what only starting and ending threads need is left out ---- */

struct machine machine;
struct percpu percpu_area[MAX_CPUS];
phys_t kernel_root;
struct priority_queue run_queue;
uint32_t trace_enabled;

void schedule_preempt(struct thread *thread)
{
    (void)thread;
}

void schedule_again(struct thread *thread)
{
    (void)thread;
}

void timer_at_latest(uint64_t when)
{
    (void)when;
}

/* ---- the definition ---- */

static unsigned defined[THREADS];

/* From the lowest number on: whoever lends has the lower one. */
static void define_priorities(void)
{
    for (int n = 0; n < THREADS; n++) {
        defined[n] = threads[n]->base_priority;
        for (int i = 0; i < n; i++) {
            const struct thread *lender = threads[i];
            bool served = lender->state == THREAD_CALLING && threads[n]->serving == lender;
            bool waits = lender->state == THREAD_SENDING && lender->sending == threads[n]->bound;
            if ((served || waits) && defined[i] > defined[n])
                defined[n] = defined[i];
        }
    }
}

static void compare(void)
{
    define_priorities();
    for (int n = 0; n < THREADS; n++) {
        assert_int_equal(threads[n]->priority, defined[n]);
        if (threads[n]->state == THREAD_SENDING) /* and it waits in the right list */
            assert_true(threads[n]->sending->waiting.bitmap >> threads[n]->priority & 1);
        if (threads[n]->state == THREAD_READY)
            assert_true(run_queue.bitmap >> threads[n]->priority & 1);
    }
    assert_int_equal(inherit_long_walks, 0);
    assert_int_equal(inherit_circles, 0);
}

/* ---- steps ---- */

static bool runs(const struct thread *thread)
{
    return thread->state == THREAD_READY;
}

/* Would a loan go upwards only, if `server` were bound here, or `sender` waited here? -1: not asked. */
static bool goes_upwards(int endpoint, int server, int sender)
{
    for (int i = 0; i < THREADS; i++) {
        if (server >= 0 && threads[i]->state == THREAD_SENDING && threads[i]->sending == &endpoints[endpoint] &&
            i >= server)
            return false;
        if (sender >= 0 && threads[i]->bound == &endpoints[endpoint] && i <= sender)
            return false;
    }
    return true;
}

static void bind(int n)
{
    int endpoint = (int)dice(ENDPOINTS);
    if (!runs(threads[n]) || !goes_upwards(endpoint, n, -1))
        return;
    thread_park_client(threads[n]); /* as recv does */
    inherit_bind(threads[n], &endpoints[endpoint]);
    inherit_update(threads[n]);
}

static void send(int n)
{
    int endpoint = (int)dice(ENDPOINTS);
    if (!runs(threads[n]) || !goes_upwards(endpoint, -1, n))
        return;
    thread_chosen(threads[n]);
    thread_block_sending(threads[n], &endpoints[endpoint]);
}

/* A server takes the first in the queue it is bound to: it waits for the answer now. */
static void take(int n)
{
    struct thread *server = threads[n], *client;
    int highest;
    if (!runs(server) || !server->bound || (highest = priority_queue_highest(&server->bound->waiting)) < 0)
        return;
    client = thread_of_queue(priority_queue_first(&server->bound->waiting, highest));
    thread_park_client(server);
    thread_block_calling(client, server);
    inherit_update(server);
}

/* An answer, a deadline, a cancel: a waiting thread goes on. */
static void end_wait(int n)
{
    if (!runs(threads[n]))
        thread_ready(threads[n]);
}

static void change(int n)
{
    thread_place(threads[n], (unsigned)dice(PRIORITIES), 1);
}

static int start(void **state)
{
    (void)state;
    priority_queue_init(&run_queue);
    for (int i = 0; i < ENDPOINTS; i++)
        sender_queue_init(&endpoints[i]);
    for (int n = 0; n < THREADS; n++) {
        threads[n] = aligned_alloc(_Alignof(struct thread), sizeof(struct thread));
        memset(threads[n], 0, sizeof(struct thread));
        threads[n]->state = THREAD_RUNNING;
        threads[n]->heap_place = NOT_ARMED;
        threads[n]->process = &process;
        threads[n]->base_priority = threads[n]->priority = (uint8_t)dice(PRIORITIES);
        list_init(&threads[n]->queue);
        list_init(&threads[n]->parked);
        list_init(&threads[n]->binding);
        thread_ready(threads[n]);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int n = 0; n < THREADS; n++)
        free(threads[n]);
    return 0;
}

static void random_steps_agree_with_the_definition(void **state)
{
    static void (*const steps[])(int) = {bind, bind, send, send, send, take, take, take, end_wait, end_wait, change};
    (void)state;
    for (unsigned i = 0; i < 50000; i++) {
        steps[dice(sizeof(steps) / sizeof(steps[0]))]((int)dice(THREADS));
        compare();
    }
}

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_steps_agree_with_the_definition, start, end),
    };
    dice_start(argument_count, arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
