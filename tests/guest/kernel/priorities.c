/*
 * Who runs: strict priorities, turns among equals, affinity, and what a caller lends to its server.
 */
#include "tests/guest/harness/story.h"

#define COUNT(i)    board->cells[10 + (i)]
#define THREADS_CPU (1ul << board->thread_cpu)

/* Spins, counting in its cell. */
static void spin(void *number)
{
    volatile uint64_t *count = &COUNT((uint64_t)number);
    for (;;)
        ++*count;
}

static void spin_a_while(void *number)
{
    uint64_t end = sys_clock() + 30 * MILLISECOND;
    while (sys_clock() < end)
        COUNT((uint64_t)number)++;
    board->cells[1] = 1;
}

/* On one CPU the more important thread runs until it waits or ends; then, and not before, the others. */
static void the_more_important_runs_alone(void)
{
    worker_on(1, spin, (void *)0, STORY_PRIORITY - 1);
    worker_on(1, spin_a_while, (void *)1, STORY_PRIORITY + 1);
    EQUAL(board->cells[1], 1); /* it ran to its end before we came back */
    EQUAL(COUNT(0), 0);        /* we have not waited yet */
    EVENTUALLY(COUNT(0) > 0);
}

/* Equals take turns: in half a second nobody has got less than half of the fair share. */
static void equals_take_turns(void)
{
    enum { SPINNERS = 4 };
    uint64_t sum = 0;
    for (uint64_t i = 0; i < SPINNERS; i++)
        worker(spin, (void *)i, STORY_PRIORITY - 1);
    rest(500 * MILLISECOND);
    for (unsigned i = 0; i < SPINNERS; i++)
        sum += COUNT(i);
    for (unsigned i = 0; i < SPINNERS; i++)
        CHECK(COUNT(i) >= sum / SPINNERS / 2);
}

/* A thread that yields goes behind its equals. */
static void note_turns(void *number)
{
    for (unsigned i = 0; i < 5; i++) {
        board->cells[20 + board->cells[0]++] = (uint64_t)number;
        sys_yield();
    }
}

static void yield_goes_to_the_end(void)
{
    for (uint64_t i = 0; i < 3; i++)
        worker_on(1, note_turns, (void *)i, STORY_PRIORITY - 1);
    settle();
    EQUAL(board->cells[0], 15);
    for (unsigned i = 0; i < 15; i++)
        EQUAL(board->cells[20 + i], i % 3);
}

/* ---- changes ---- */

static void a_new_priority_counts_at_once(void)
{
    handle_t thread = worker_on(1, spin_a_while, (void *)0, STORY_PRIORITY - 1);
    EQUAL(COUNT(0), 0);
    EQUAL(sys_thread_set(thread, STORY_PRIORITY + 1, 1), OK);
    CHECK(COUNT(0) > 0);
    EQUAL(board->cells[1], 1);
}

static void a_priority_has_its_limit(void)
{
    handle_t thread = worker(spin_a_while, 0, 1), other;
    EQUAL(sys_thread_set(thread, STORY_HIGHEST, 0), OK);
    EQUAL(sys_thread_set(thread, STORY_HIGHEST + 1, 0), E_ARGUMENT);
    EQUAL(sys_thread_set(thread, PRIORITIES, 0), E_ARGUMENT);
    EQUAL(sys_thread_create(SELF, PROGRAM_BASE, 0, 0, STORY_HIGHEST + 1, 0, &other), E_ARGUMENT);
    EQUAL(sys_process_create(50, 0, STORY_HIGHEST + 1, &other), E_ARGUMENT);
    EQUAL(sys_process_create(50, 0, 7, &other), OK);
    EQUAL(sys_thread_create(other, PROGRAM_BASE, 0, 0, 8, 0, &thread), E_ARGUMENT);
}

/* ---- CPUs ---- */

static void tell_cpu(void *number)
{
    for (;;) {
        board->cells[30 + (uint64_t)number] = sys_system_info(SYSTEM_CPU);
        COUNT((uint64_t)number)++;
        __asm__ volatile("pause");
        sys_yield();
    }
}

static void a_thread_stays_where_it_is_bound(void)
{
    handle_t threads[MAX_CPUS];
    for (uint64_t cpu = 0; cpu < board->cpus; cpu++)
        threads[cpu] = worker_on(1ul << cpu, tell_cpu, (void *)cpu, STORY_PRIORITY - 1);
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < board->cpus; i++)
            COUNT(i) = 0;
        for (unsigned i = 0; i < board->cpus; i++) {
            EVENTUALLY(COUNT(i) > 10);
            EQUAL(board->cells[30 + i], (i + round) % board->cpus);
        }
        for (unsigned i = 0; i < board->cpus; i++) /* all move on by one, while they run */
            EQUAL(sys_thread_set(threads[i], STORY_PRIORITY - 1, 1ul << (i + round + 1) % board->cpus), OK);
    }
}

static void an_affinity_without_cpus_is_refused(void)
{
    handle_t thread = worker(spin_a_while, 0, 1);
    EQUAL(sys_thread_set(thread, 1, 1ul << 15 << 1), E_ARGUMENT);
    EQUAL(sys_thread_set(thread, 1, ~0ul >> 8), E_ARGUMENT);
    if (board->cpus < MAX_CPUS)
        EQUAL(sys_thread_set(thread, 1, 1ul << board->cpus), E_ARGUMENT);
    EQUAL(sys_thread_set(thread, 1, 1ul << board->cpus | 1), OK);
}

/* Until it counts, without waiting: this CPU is ours alone. */
static void watch(unsigned number)
{
    uint64_t end = sys_clock() + 5 * SECOND;
    while (COUNT(number) < 100) {
        CHECK(sys_clock() < end);
        __asm__ volatile("pause");
    }
}

/* As many busy threads as CPUs: all run at the same time. */
static void all_cpus_are_used(void)
{
    for (uint64_t i = 0; i + 1 < board->cpus; i++)
        worker_on(0, tell_cpu, (void *)i, STORY_PRIORITY);
    for (unsigned i = 0; i + 1 < board->cpus; i++)
        watch(i);
}

#define IS_OVER board->cells[2]

/* Each time it is told: counts in its cell until it is over. */
static void spin_when_told(void *number)
{
    volatile uint64_t *count = &COUNT((uint64_t)number), *is_over = &IS_OVER;
    uint64_t bits;
    while (sys_wait(board->cells[40 + (uint64_t)number], DEADLINE_FOREVER, &bits) == OK)
        while (!*is_over)
            ++*count;
}

/* Two are expected at CPU 3, and the better one gets it. The other finds CPU 2, though the first of those who wait is
 * bound to CPU 1, which is as busy as it can be. Again and again, as CPU 3 may take the one before the other comes. */
static void nobody_waits_behind_one_who_is_bound(void)
{
    if (board->cpus < 4)
        return;
    for (uint64_t i = 0; i < 2; i++)
        board->cells[40 + i] = new_notification();
    worker_on(1 << 2 | 1 << 3, spin_when_told, (void *)0, STORY_PRIORITY - 2);
    worker_on(1 << 3, spin_when_told, (void *)1, STORY_PRIORITY - 1);
    rest(5 * MILLISECOND);
    worker_on(1 << 1, spin, (void *)2, STORY_PRIORITY - 2);
    worker_on(1 << 1, spin, (void *)3, STORY_PRIORITY - 2);
    worker_on(1 << 2, spin, (void *)4, STORY_PRIORITY - 3);
    EVENTUALLY(COUNT(4) > 0);
    EVENTUALLY(COUNT(2) > 0);
    for (unsigned round = 0; round < 30; round++) {
        IS_OVER = COUNT(0) = COUNT(1) = 0;
        EQUAL(sys_signal(board->cells[40], 1), OK);
        EQUAL(sys_signal(board->cells[41], 1), OK);
        watch(1);
        watch(0);
        IS_OVER = 1;
        rest(MILLISECOND);
    }
}

/* A thread that becomes ready displaces the least important of those that run. */
static void tell_once(void *unused)
{
    (void)unused;
    board->cells[0] = 100 + sys_system_info(SYSTEM_CPU);
}

static void the_least_important_is_displaced(void)
{
    unsigned victim = board->cpus - 1;
    for (uint64_t cpu = 1; cpu < board->cpus; cpu++)
        worker_on(1ul << cpu, spin, (void *)cpu, cpu == victim ? STORY_PRIORITY - 5 : STORY_PRIORITY - 2);
    for (unsigned cpu = 1; cpu < board->cpus; cpu++)
        while (COUNT(cpu) == 0)
            __asm__ volatile("pause");
    worker_on(0, tell_once, 0, STORY_PRIORITY - 1);
    while (board->cells[0] == 0)
        __asm__ volatile("pause");
    EQUAL(board->cells[0], 100 + victim);
}

/* ---- what a call lends ---- */

#define ENDPOINT board->cells[2]
#define SERVER   5
#define MIDDLE   10

/* Serves with 3 ms of work each. */
static void serve(void *unused)
{
    struct message m = message(0);
    (void)unused;
    for (;;) {
        EQUAL(ipc_reply_recv(ENDPOINT, &m, DEADLINE_FOREVER), OK);
        uint64_t end = sys_clock() + 3 * MILLISECOND;
        while (sys_clock() < end)
            continue;
        board->cells[3]++;
    }
}

static void call(void *unused)
{
    struct message m = message(0);
    (void)unused;
    EQUAL(ipc_call(ENDPOINT, &m, DEADLINE_FOREVER), OK);
    board->cells[4]++;
}

/*
 * The inversion: an important client waits for a server of low priority, and a thread in between would keep that from
 * running for ever. The server inherits, from the call it serves and from those that wait.
 */
static void a_server_inherits_from_its_client(void)
{
    struct message m = message(0);
    ENDPOINT = new_endpoint();
    worker(serve, 0, SERVER);
    settle();
    worker(spin, (void *)0, MIDDLE);
    for (unsigned i = 0; i < 5; i++)
        EQUAL(ipc_call(ENDPOINT, &m, sys_clock() + 5 * SECOND), OK);
}

static void a_server_inherits_from_who_waits(void)
{
    struct message m = message(0);
    ENDPOINT = new_endpoint();
    worker(serve, 0, SERVER);
    for (unsigned i = 0; i < 5; i++)
        worker(call, 0, SERVER - 1); /* five unimportant clients are in front */
    settle();
    EQUAL(board->cells[4], 5);
    for (unsigned i = 0; i < 3; i++)
        worker(call, 0, SERVER - 1);
    worker(spin, (void *)0, MIDDLE);
    EQUAL(ipc_call(ENDPOINT, &m, sys_clock() + 5 * SECOND), OK);
}

/* What was lent is given back: by the answer, and by the deadline. */
static void take_and_spin(void *unused)
{
    struct message m = received(ENDPOINT);
    (void)unused;
    if (board->cells[5])
        EQUAL(ipc_reply(&m), OK);
    spin((void *)1);
}

static void lend_and_get_back(bool answered)
{
    struct message m = message(0);
    uint64_t before;
    ENDPOINT = new_endpoint();
    board->cells[5] = answered;
    worker(take_and_spin, 0, SERVER);
    settle();
    worker(spin, (void *)0, MIDDLE);
    EQUAL(ipc_call(ENDPOINT, &m, sys_clock() + 30 * MILLISECOND), answered ? OK : E_NO_ANSWER);
    EVENTUALLY(COUNT(0) > 0);
    before = COUNT(1);
    rest(50 * MILLISECOND);
    EQUAL(COUNT(1), before); /* it has to wait for the one in the middle again */
}

static void an_answer_ends_the_loan(void)
{
    lend_and_get_back(true);
}

static void so_does_the_deadline(void)
{
    lend_and_get_back(false);
}

/* A token kept across the next receive is parked: it lends nothing to the one who keeps it ... */
static void take_park_and_spin(void *unused)
{
    struct message m = received(ENDPOINT);
    (void)unused;
    board->cells[6] = m.token;
    EQUAL(ipc_recv(ENDPOINT, &m, DEADLINE_POLL), E_TIMEOUT);
    spin((void *)1);
}

static void a_parked_call_lends_nothing(void)
{
    uint64_t before;
    ENDPOINT = new_endpoint();
    worker(take_park_and_spin, 0, SERVER);
    settle();
    worker(spin, (void *)0, MIDDLE);
    worker(call, 0, STORY_PRIORITY - 1);
    rest(10 * MILLISECOND);
    CHECK(board->cells[6] != 0);
    before = COUNT(1);
    rest(30 * MILLISECOND);
    EQUAL(COUNT(1), before);
}

/* ... until a thread adopts it, and only as long as the call lasts. */
static void an_adopted_call_lends_again(void)
{
    struct message m = message(0);
    ENDPOINT = new_endpoint();
    worker_on(1, call, 0, STORY_PRIORITY + 4);
    m = received(ENDPOINT);
    uint64_t token = m.token;
    EQUAL(ipc_recv(ENDPOINT, &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(sys_adopt(token + 1), E_STALE);
    EQUAL(sys_adopt(token), OK);
    worker_on(1, spin_a_while, (void *)0, STORY_PRIORITY + 2);
    EQUAL(COUNT(0), 0); /* we are more important, thanks to our caller */
    m = (struct message){.token = token};
    EQUAL(ipc_reply(&m), OK);
    CHECK(COUNT(0) > 0); /* and are not any more */
    EQUAL(sys_adopt(token), E_STALE);
}

/* A thread that waits at the endpoint it serves itself, beside a more important one: a circle of loans. When both give
 * up, everybody has their own priority again. */
static void wait_at_own_endpoint(void *unused)
{
    struct message m = message(0);
    (void)unused;
    EQUAL(ipc_recv(ENDPOINT, &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(ipc_call(ENDPOINT, &m, sys_clock() + 40 * MILLISECOND), E_TIMEOUT);
    spin((void *)1);
}

static void a_circle_of_loans_comes_undone(void)
{
    struct message m = message(0);
    ENDPOINT = new_endpoint();
    worker(wait_at_own_endpoint, 0, SERVER);
    settle();
    EQUAL(ipc_send(ENDPOINT, &m, sys_clock() + 10 * MILLISECOND), E_TIMEOUT);
    worker(spin, (void *)0, MIDDLE);
    rest(100 * MILLISECOND);
    EVENTUALLY(COUNT(0) > 0);
    EQUAL(COUNT(1), 0);
    EQUAL(ipc_recv(ENDPOINT, &m, DEADLINE_POLL), E_TIMEOUT); /* and nobody waits there any more */
}

int main(void)
{
    RUN_ONCE(the_more_important_runs_alone);
    RUN(equals_take_turns);
    if (!board->shaken)
        RUN_ONCE(yield_goes_to_the_end);
    RUN_ONCE(a_new_priority_counts_at_once);
    RUN_ONCE(a_priority_has_its_limit);
    RUN_ONCE(a_thread_stays_where_it_is_bound);
    RUN_ONCE(an_affinity_without_cpus_is_refused);
    RUN_ON_MANY(all_cpus_are_used);
    if (!board->exact) /* there, a CPU that spins leaves none of the time to the others */
        RUN_ON_MANY(nobody_waits_behind_one_who_is_bound);
    if (!board->shaken) /* a CPU that picks at that moment by chance may be quicker than the one that is told */
        RUN_ON_MANY(the_least_important_is_displaced);
    RUN(a_server_inherits_from_its_client);
    RUN(a_server_inherits_from_who_waits);
    RUN(an_answer_ends_the_loan);
    RUN(so_does_the_deadline);
    RUN(a_parked_call_lends_nothing);
    RUN_ONCE(an_adopted_call_lends_again);
    RUN(a_circle_of_loans_comes_undone);
    finish();
}
