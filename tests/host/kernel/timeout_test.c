/*
 * The deadline heap against a search through all threads.
 */
#include "kernel/sched/thread.h"
#include "kernel/sched/timeout.h"
#include "tests/host/kernel/unit.h"

#define THREADS 500

static struct thread *threads[THREADS];
static bool armed[THREADS];
static uint64_t deadlines[THREADS];
static uint64_t timer; /* what the CPU's timer would be set to */

void timer_at_latest(uint64_t when)
{
    if (when < timer)
        timer = when;
}

static int start(void **state)
{
    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = aligned_alloc(_Alignof(struct thread), sizeof(struct thread));
        threads[i]->heap_place = NOT_ARMED;
        armed[i] = false;
    }
    timer = DEADLINE_FOREVER;
    return 0;
}

static void disarm(unsigned i)
{
    thread_forget_deadline(threads[i]);
    armed[i] = false;
}

static int end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        disarm(i);
        free(threads[i]);
    }
    return 0;
}

static uint64_t earliest(void)
{
    uint64_t found = DEADLINE_FOREVER;
    for (unsigned i = 0; i < THREADS; i++)
        if (armed[i] && deadlines[i] < found)
            found = deadlines[i];
    return found;
}

static unsigned number_of(const struct thread *thread)
{
    unsigned i = 0;
    while (threads[i] != thread)
        i++;
    return i;
}

static void arm(unsigned i, uint64_t deadline)
{
    thread_limit_wait(threads[i], deadline);
    armed[i] = deadline != DEADLINE_FOREVER;
    deadlines[i] = deadline;
}

/* All that are due come out, the earliest first, and nothing that is not due. */
static void expire(uint64_t now)
{
    struct thread *thread;
    while ((thread = deadline_expired(now))) {
        unsigned i = number_of(thread);
        assert_true(armed[i]);
        assert_int_equal(deadlines[i], earliest());
        assert_true(deadlines[i] <= now);
        assert_int_equal(thread->heap_place, NOT_ARMED);
        armed[i] = false;
    }
    assert_true(earliest() > now || earliest() == DEADLINE_FOREVER);
}

static void random_steps_agree_with_the_model(void **state)
{
    uint64_t now = 0;
    (void)state;
    for (unsigned step = 0; step < 30000; step++) {
        unsigned i = (unsigned)dice(THREADS);
        if (armed[i])
            disarm(i);
        else
            arm(i, dice(20) ? now + dice(1000) : DEADLINE_FOREVER);
        assert_int_equal(deadline_earliest(), earliest());
        assert_true(timer <= earliest()); /* so expiry is prompt */
        if (dice(50) == 0) {
            now += dice(200);
            expire(now);
            timer = earliest(); /* as the timer interrupt does */
        }
    }
}

/* Equal deadlines, ascending and descending ones: the shapes that heaps get wrong. */
static void special_orders(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        for (unsigned i = 0; i < THREADS; i++)
            arm(i, kind == 0 ? 7 : kind == 1 ? i + 1 : THREADS - i);
        for (unsigned i = 0; i < THREADS; i += 3)
            disarm(i);
        expire(THREADS + 7);
        assert_int_equal(deadline_earliest(), DEADLINE_FOREVER);
        assert_null(deadline_expired(DEADLINE_FOREVER));
    }
}

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_steps_agree_with_the_model, start, end),
        cmocka_unit_test_setup_teardown(special_orders, start, end),
    };
    dice_start(argument_count, arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
