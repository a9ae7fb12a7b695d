/*
 * Priority queues against sorted arrays.
 */
#include "kernel/sched/runqueue.h"
#include "tests/host/kernel/unit.h"

#define THREADS 100

static struct priority_queue queue;
static struct link links[THREADS];
static int priority_of[THREADS]; /* -1: in no queue */
static unsigned since[THREADS];  /* when it came, for the order within a priority */
static unsigned now;

/* Who should be first of this priority; -1 if nobody. */
static int oldest(int priority)
{
    int found = -1;
    for (int i = 0; i < THREADS; i++)
        if (priority_of[i] == priority && (found < 0 || since[i] < since[found]))
            found = i;
    return found;
}

static void compare(void)
{
    int highest = -1;
    for (int priority = 0; priority < PRIORITIES; priority++) {
        int first = oldest(priority);
        assert_int_equal(queue.bitmap >> priority & 1, first >= 0);
        if (first < 0)
            continue;
        highest = priority;
        assert_ptr_equal(priority_queue_first(&queue, priority), &links[first]);
    }
    assert_int_equal(priority_queue_highest(&queue), highest);
}

static void random_steps_agree_with_the_model(void **state)
{
    (void)state;
    priority_queue_init(&queue);
    for (int i = 0; i < THREADS; i++) {
        list_init(&links[i]);
        priority_of[i] = -1;
    }
    for (unsigned step = 0; step < 20000; step++) {
        int thread = (int)dice(THREADS);
        if (priority_of[thread] < 0) {
            priority_of[thread] = (int)dice(PRIORITIES);
            since[thread] = now++;
            priority_queue_append(&queue, &links[thread], (unsigned)priority_of[thread]);
        } else {
            priority_queue_remove(&queue, &links[thread], (unsigned)priority_of[thread]);
            priority_of[thread] = -1;
        }
        compare();
    }
}

static void removing_what_is_in_no_queue_is_harmless(void **state)
{
    struct link alone;
    (void)state;
    priority_queue_init(&queue);
    list_init(&alone);
    priority_queue_remove(&queue, &alone, 3);
    assert_int_equal(priority_queue_highest(&queue), -1);
}

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_steps_agree_with_the_model),
        cmocka_unit_test(removing_what_is_in_no_queue_is_harmless),
    };
    dice_start(argument_count, arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
