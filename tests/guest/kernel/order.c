/*
 * In which order equals run: nobody is promised any, but each gets its turns. The order is printed as a number, so that
 * runs can be compared: the same with the same seed of the scheduling shaker, another with another.
 */
#include "tests/guest/harness/line.h"
#include "tests/guest/harness/story.h"

#define RUNNERS     4
#define TURNS       50
#define ENDPOINT    board->cells[0]
#define ORDER       board->cells[1]
#define ENDED       board->cells[2]
#define TURNS_OF(i) board->cells[10 + (i)]

/* A number that depends on every turn taken so far. Runners may interrupt each other anywhere. */
static void note(uint64_t runner)
{
    uint64_t before = __atomic_load_n(&ORDER, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&ORDER, &before, (before ^ (runner + 1)) * 0x100000001b3, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        continue;
    TURNS_OF(runner)++;
}

static void answer_all(void *unused)
{
    struct message m = message(0);
    (void)unused;
    for (;;)
        EQUAL(ipc_reply_recv(ENDPOINT, &m, DEADLINE_FOREVER), OK);
}

/* By turns through the scheduler, through a server, and through nothing at all. */
static void take_turns(void *runner)
{
    for (unsigned i = 0; i < TURNS; i++) {
        struct message m = message(i);
        note((uint64_t)runner);
        if (i % 3 == 0)
            sys_yield();
        if (i % 3 == 1)
            EQUAL(ipc_call(ENDPOINT, &m, DEADLINE_FOREVER), OK);
    }
    __atomic_fetch_add(&ENDED, 1, __ATOMIC_RELAXED);
}

static void equals_run_in_some_order(void)
{
    ENDPOINT = new_endpoint();
    worker_on(0, answer_all, 0, STORY_PRIORITY - 1);
    for (uint64_t i = 0; i < RUNNERS; i++)
        worker_on(0, take_turns, (void *)i, STORY_PRIORITY - 1);
    EVENTUALLY(ENDED == RUNNERS);
    for (unsigned i = 0; i < RUNNERS; i++)
        EQUAL(TURNS_OF(i), TURNS);
}

int main(void)
{
    RUN_ONCE(equals_run_in_some_order);
    line_print("order %lx\n", ORDER);
    finish();
}
