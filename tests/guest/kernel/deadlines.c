/*
 * Deadlines: when a wait ends, and what the status tells about what the peer has seen.
 */
#include "tests/guest/harness/story.h"

#define ENDPOINT board->cells[0]
#define STATUS   board->cells[1]
#define ENDED_AT board->cells[2]
#define PENDING  999ul /* no status */

#define SOON   (60 * MILLISECOND)
#define CALLER 10 /* below the main thread, which waits in recv when the call comes */

#define DEADLINE board->cells[4]

/* Calls ENDPOINT with a deadline so many nanoseconds from now. */
static void call_within(void *duration)
{
    struct message m = message(1);
    int status;
    STATUS = PENDING;
    DEADLINE = (uint64_t)duration == DEADLINE_FOREVER ? DEADLINE_FOREVER : sys_clock() + (uint64_t)duration;
    status = ipc_call(ENDPOINT, &m, DEADLINE);
    ENDED_AT = sys_clock();
    STATUS = (uint64_t)status;
}

static void polling_never_waits(void)
{
    handle_t endpoint = new_endpoint(), notification = new_notification();
    struct message m = message(0);
    uint64_t bits, start = sys_clock();
    for (unsigned i = 0; i < 100; i++) {
        EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
        EQUAL(ipc_call(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
        EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
        EQUAL(ipc_reply_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
        EQUAL(sys_wait(notification, DEADLINE_POLL, &bits), E_TIMEOUT);
    }
    CHECK(sys_clock() - start < SECOND);
}

/* A deadline in the past is no error: there is just no time left. */
static void the_past_ends_at_once(void)
{
    handle_t endpoint = new_endpoint(), notification = new_notification();
    struct message m = message(0);
    uint64_t bits, start = sys_clock(), past[] = {1, start / 2, start - 1};
    for (unsigned i = 0; i < 3; i++) {
        EQUAL(ipc_send(endpoint, &m, past[i]), E_TIMEOUT);
        EQUAL(ipc_call(endpoint, &m, past[i]), E_TIMEOUT);
        EQUAL(ipc_recv(endpoint, &m, past[i]), E_TIMEOUT);
        EQUAL(sys_wait(notification, past[i], &bits), E_TIMEOUT);
    }
    CHECK(sys_clock() - start < SECOND);
}

static void no_wait_ends_before_its_time(void)
{
    handle_t endpoint = new_endpoint(), notification = new_notification();
    struct message m = message(0);
    uint64_t bits;
    for (unsigned i = 0; i < 10; i++) {
        uint64_t deadline = sys_clock() + i * 100 * MICROSECOND + 1;
        EQUAL(ipc_recv(endpoint, &m, deadline), E_TIMEOUT);
        CHECK(sys_clock() >= deadline && sys_clock() < deadline + SECOND);
        deadline = sys_clock() + i * 100 * MICROSECOND + 1;
        EQUAL(ipc_call(endpoint, &m, deadline), E_TIMEOUT);
        CHECK(sys_clock() >= deadline && sys_clock() < deadline + SECOND);
        deadline = sys_clock() + i * 100 * MICROSECOND + 1;
        EQUAL(sys_wait(notification, deadline, &bits), E_TIMEOUT);
        CHECK(sys_clock() >= deadline && sys_clock() < deadline + SECOND);
    }
}

/* Not delivered: the server saw nothing, and sees nothing later. */
static void a_call_that_nobody_received_was_not_delivered(void)
{
    struct message m = message(0);
    ENDPOINT = new_endpoint();
    worker(call_within, (void *)SOON, CALLER);
    EVENTUALLY(STATUS == E_TIMEOUT);
    EQUAL(ipc_recv(ENDPOINT, &m, DEADLINE_POLL), E_TIMEOUT);
}

/* Delivered, no answer in time: the outcome is unknown, and the late answer reaches nobody. */
static void a_late_answer_reaches_nobody(void)
{
    struct message m;
    ENDPOINT = new_endpoint();
    worker(call_within, (void *)SOON, CALLER);
    m = received(ENDPOINT);
    EQUAL(m.deadline, DEADLINE);
    EVENTUALLY(STATUS != PENDING);
    EQUAL(STATUS, E_NO_ANSWER);
    CHECK(ENDED_AT >= DEADLINE);
    EQUAL(ipc_reply(&m), E_STALE);
}

/* Nor does it reach the same thread's next call. */
static void call_twice(void *duration)
{
    struct message m = message(1);
    call_within(duration);
    m.word_count = 1;
    EQUAL(ipc_call(ENDPOINT, &m, DEADLINE_FOREVER), OK);
    board->cells[3] = m.words[0];
}

static void a_late_answer_is_not_taken_for_the_next_calls(void)
{
    struct message late, next;
    ENDPOINT = new_endpoint();
    worker(call_twice, (void *)SOON, CALLER);
    late = received(ENDPOINT);
    next = received(ENDPOINT); /* the same thread calls again */
    CHECK(late.token != next.token);
    late.word_count = next.word_count = 1;
    late.words[0] = 111;
    next.words[0] = 222;
    EQUAL(ipc_reply(&late), E_STALE);
    EQUAL(ipc_reply(&next), OK);
    EVENTUALLY(board->cells[3] == 222);
}

/* One deadline covers both phases: time spent in the queue is not given back. */
static void the_deadline_of_a_call_covers_both_phases(void)
{
    ENDPOINT = new_endpoint();
    worker(call_within, (void *)(5 * SOON), CALLER);
    settle();
    rest(SOON);
    EQUAL(received(ENDPOINT).deadline, DEADLINE);
    EVENTUALLY(STATUS == E_NO_ANSWER);
    CHECK(ENDED_AT >= DEADLINE);
}

/* A polling call is delivered if somebody waits; then there is no time for an answer. */
static void receive_once(void *label)
{
    *(volatile uint64_t *)label = received(ENDPOINT).label;
    rest(10 * SECOND); /* its end would answer the call */
}

static void a_polling_call_is_delivered_to_who_waits(void)
{
    struct message m = message(5);
    ENDPOINT = new_endpoint();
    worker(receive_once, (void *)&board->cells[3], CALLER);
    settle();
    EQUAL(ipc_call(ENDPOINT, &m, DEADLINE_POLL), E_NO_ANSWER);
    EVENTUALLY(board->cells[3] == 5);
}

/* An answer in time takes the deadline away: the thread's next wait is not cut short by it. */
static void answer_once(void *unused)
{
    struct message m = received(ENDPOINT);
    (void)unused;
    EQUAL(ipc_reply(&m), OK);
}

static void an_answer_disarms_the_deadline(void)
{
    uint64_t bits, deadline;
    struct message m = message(0);
    ENDPOINT = new_endpoint();
    worker(answer_once, 0, CALLER);
    settle();
    deadline = sys_clock() + SOON;
    EQUAL(ipc_call(ENDPOINT, &m, deadline), OK);
    EQUAL(sys_wait(new_notification(), deadline + SOON, &bits), E_TIMEOUT);
    CHECK(sys_clock() >= deadline + SOON);
}

/* For ever is for ever: a wait without deadline is still there after all others have ended. */
static void for_ever_does_not_end(void)
{
    ENDPOINT = new_endpoint();
    worker(call_within, (void *)DEADLINE_FOREVER, CALLER);
    settle();
    rest(2 * SOON);
    EQUAL(STATUS, PENDING);
    EQUAL(received(ENDPOINT).deadline, DEADLINE_FOREVER);
    rest(2 * SOON);
    EQUAL(STATUS, PENDING);
}

/* ---- a thousand at once: threads without stacks, each with a row of its own ---- */

#define THREADS 1000

struct row {
    uint64_t notification, deadline;
    uint64_t place; /* out: the how many-th it was */
    uint64_t status;
};
static struct row rows[THREADS];
static uint64_t ended;

__attribute__((naked)) static void wait_and_note(void)
{
    __asm__("mov %%rdi, %%rbx\n\t"
            "mov (%%rbx), %%rdi\n\t"
            "mov 8(%%rbx), %%rsi\n\t"
            "mov %0, %%eax\n\t"
            "syscall\n\t"
            "mov %%rax, 24(%%rbx)\n\t"
            "mov $1, %%ecx\n\t"
            "lock xadd %%rcx, ended(%%rip)\n\t"
            "mov %%rcx, 16(%%rbx)\n\t"
            "mov %1, %%eax\n\t"
            "syscall\n\t"
            "ud2" ::"i"(SYS_WAIT),
            "i"(SYS_THREAD_EXIT));
}

/* A thousand threads on this CPU, below the main thread: none runs before it rests. */
static void start_thousand(handle_t *threads)
{
    handle_t notification = new_notification();
    uint64_t first_deadline;
    for (unsigned i = 0; i < THREADS; i++)
        EQUAL(
            sys_thread_create(SELF, (uint64_t)wait_and_note, 0, (uint64_t)&rows[i], STORY_PRIORITY - 1, 1, &threads[i]),
            OK);
    first_deadline = sys_clock() + 300 * MILLISECOND;
    for (unsigned i = 0; i < THREADS; i++) /* 377 and 1,000 have no common divisor */
        rows[i] = (struct row){notification, first_deadline + i * 377 % THREADS * 50 * MICROSECOND, THREADS, PENDING};
}

/* On one CPU and of one priority they wake, and run, in the order of their deadlines; but a time slice may end between
 * waking and noting, which sends that one behind those that wait. */
static void a_thousand_deadlines_end_in_order(void)
{
    static handle_t threads[THREADS];
    unsigned in_order = 0;
    start_thousand(threads);
    EVENTUALLY(__atomic_load_n(&ended, __ATOMIC_RELAXED) == THREADS);
    for (uint64_t i = 0; i < THREADS; i++) {
        uint64_t expected = i * 377 % THREADS;
        EQUAL(rows[i].status, E_TIMEOUT);
        in_order += rows[i].place <= expected + 20 && expected <= rows[i].place + 20;
    }
    CHECK(in_order >= THREADS - 20);
}

/* Threads that die before their deadlines, in any order, leave a heap in which the others are still found. */
static void deadlines_of_the_dead_do_not_count(void)
{
    static handle_t threads[THREADS];
    start_thousand(threads);
    settle();
    EQUAL(ended, 0);
    for (unsigned i = 0; i < THREADS; i += 2)
        EQUAL(sys_cap_delete(SELF, threads[i]), OK);
    EVENTUALLY(__atomic_load_n(&ended, __ATOMIC_RELAXED) == THREADS / 2);
    for (unsigned i = 0; i < THREADS; i++)
        EQUAL(rows[i].status, i % 2 ? E_TIMEOUT : PENDING);
}

int main(void)
{
    RUN_ONCE(polling_never_waits);
    RUN_ONCE(the_past_ends_at_once);
    RUN_ONCE(no_wait_ends_before_its_time);
    RUN(a_call_that_nobody_received_was_not_delivered);
    RUN(a_late_answer_reaches_nobody);
    RUN(a_late_answer_is_not_taken_for_the_next_calls);
    RUN(the_deadline_of_a_call_covers_both_phases);
    RUN(a_polling_call_is_delivered_to_who_waits);
    RUN(an_answer_disarms_the_deadline);
    RUN(for_ever_does_not_end);
    RUN_ONCE(a_thousand_deadlines_end_in_order);
    RUN_ONCE(deadlines_of_the_dead_do_not_count);
    finish();
}
