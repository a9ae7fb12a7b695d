/*
 * A deadline against what would have come just in time: one of the two happens, and both sides agree which.
 *
 * The main thread waits with a deadline; its partner, on the same or on another CPU, does at that very moment what ends
 * the wait. What each was told is compared. The moment moves with the outcome, later when the partner was in time and
 * earlier when it was not, by random steps (boot option seed=N): so it stays where the race is, however fast the
 * machine.
 */
#include "tests/guest/harness/story.h"

#define ROUNDS   (board->exact ? 1500u : 400u)
#define LEAD     (board->exact ? 40 * MICROSECOND : 150 * MICROSECOND) /* from the start of a round to its deadline */
#define STEP     (board->exact ? 1 * MICROSECOND : 20 * MICROSECOND)   /* the largest */
#define ANSWER   0xa115e7ul
#define PARTNERS (STORY_PRIORITY - 1)

#define ENDPOINT     board->cells[0]
#define NOTIFICATION board->cells[1]
#define START        board->cells[2] /* notification: the partner of a round that has no message to begin with */
#define DEADLINE     board->cells[3]
#define OFFSET       board->cells[4] /* from the deadline to the moment when the partner acts; may be negative */
#define PARTNER      board->cells[5] /* what the partner was told */
#define DONE         board->cells[6] /* rounds that the partner has finished */
#define IN_TIME      board->cells[7] /* rounds in which it was */
#define LATE         board->cells[8]
#define SEEN         board->cells[9] /* the request that the partner received last */

static uint64_t dice;

static uint64_t roll(uint64_t below)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % below;
}

static void begin(void (*partner)(void *))
{
    dice = board->seed * 0x9e3779b97f4a7c15ul;
    ENDPOINT = new_endpoint();
    NOTIFICATION = new_notification();
    START = new_notification();
    worker(partner, 0, PARTNERS);
    settle();
}

/* Heads the loop: the next round has its deadline. */
static bool next_round(void)
{
    if (!again(ROUNDS))
        return false;
    DEADLINE = sys_clock() + LEAD;
    return true;
}

/* Both have seen the end of the round, in which the partner was in time or not. */
static void end_round(bool in_time)
{
    in_time ? IN_TIME++ : LATE++;
    OFFSET += in_time ? roll(STEP) : -roll(STEP);
}

/* A partner whose deadline has passed already may still wait for the interrupt that says so. */
static void wait_for_partner(void)
{
    settle();
    EVENTUALLY(DONE == board->rounds);
}

static void tell_outcomes(void)
{
    remark("seed %lu: %lu in time, %lu late", board->seed, IN_TIME, LATE);
    CHECK(IN_TIME + LATE == board->rounds);
    CHECK(!board->exact || (IN_TIME > ROUNDS / 10 && LATE > ROUNDS / 10));
}

/* ---- the partner's side ---- */

static void wait_for_moment(void)
{
    while ((int64_t)(sys_clock() - DEADLINE - OFFSET) < 0)
        __asm__ volatile("pause");
}

/* Waits for the start of a round, and for its moment. */
static void wait_for_round(void)
{
    uint64_t bits;
    EQUAL(sys_wait(START, DEADLINE_FOREVER, &bits), OK);
    wait_for_moment();
}

static void note(int status)
{
    PARTNER = (uint64_t)status;
    DONE++;
}

static void reply_in_time(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = message(0);
        EQUAL(ipc_recv(ENDPOINT, &m, DEADLINE_FOREVER), OK);
        m.words[0] ^= ANSWER;
        wait_for_moment();
        note(ipc_reply(&m));
    }
}

static void reply_and_receive(void *unused)
{
    struct message m = message(0);
    (void)unused;
    for (;;) {
        EQUAL(ipc_reply_recv(ENDPOINT, &m, DEADLINE_FOREVER), OK);
        EQUAL(m.words[0], ++SEEN); /* each request once, none left out */
        m.words[0] ^= ANSWER;
        wait_for_moment();
        DONE++;
    }
}

static void poll_in_time(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = message(0);
        wait_for_round();
        note(ipc_recv(ENDPOINT, &m, DEADLINE_POLL));
    }
}

static void send_in_time(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = message(0);
        wait_for_round();
        note(ipc_send(ENDPOINT, &m, DEADLINE_POLL));
    }
}

static void call_in_time(void *unused)
{
    (void)unused;
    for (;;) {
        struct message m = message(0);
        wait_for_round();
        note(ipc_call(ENDPOINT, &m, DEADLINE_POLL));
    }
}

static void signal_in_time(void *unused)
{
    (void)unused;
    for (;;) {
        wait_for_round();
        note(sys_signal(NOTIFICATION, 4));
    }
}

/* ---- the stories ---- */

/* The client has its answer if and only if the server is told so. */
static void an_answer(void)
{
    begin(reply_in_time);
    while (next_round()) {
        struct message m = {.word_count = 1, .words = {board->rounds}};
        int status = ipc_call(ENDPOINT, &m, DEADLINE);
        wait_for_partner();
        EQUAL(status, PARTNER == OK ? OK : E_NO_ANSWER);
        EQUAL(PARTNER, status == OK ? OK : E_STALE);
        if (status == OK)
            EQUAL(m.words[0], board->rounds ^ ANSWER);
        end_round(status == OK);
    }
    tell_outcomes();
}

/* The same with the answer that waits for the next request: it is that round's answer, or it reaches nobody. */
static void an_answer_with_the_next_receive(void)
{
    begin(reply_and_receive);
    while (next_round()) {
        struct message m = {.word_count = 1, .words = {board->rounds}};
        int status = ipc_call(ENDPOINT, &m, DEADLINE);
        if (status == OK)
            EQUAL(m.words[0], board->rounds ^ ANSWER);
        else
            EQUAL(status, E_NO_ANSWER);
        wait_for_partner();
        end_round(status == OK);
    }
    tell_outcomes();
}

/* A sender learns that it was delivered if and only if the receiver has the message. */
static void a_receiver_of_a_send(void)
{
    begin(poll_in_time);
    while (next_round()) {
        struct message m = message(0);
        EQUAL(sys_signal(START, 1), OK);
        int status = ipc_send(ENDPOINT, &m, DEADLINE);
        wait_for_partner();
        EQUAL(status, PARTNER);
        CHECK(status == OK || status == E_TIMEOUT);
        end_round(status == OK);
    }
    tell_outcomes();
}

/* A caller learns that it was not delivered if and only if the receiver has nothing; here nobody answers. */
static void a_receiver_of_a_call(void)
{
    begin(poll_in_time);
    while (next_round()) {
        struct message m = message(0);
        EQUAL(sys_signal(START, 1), OK);
        int status = ipc_call(ENDPOINT, &m, DEADLINE);
        wait_for_partner();
        EQUAL(status, PARTNER == OK ? E_NO_ANSWER : E_TIMEOUT);
        CHECK(PARTNER == OK || PARTNER == E_TIMEOUT);
        end_round(status == E_NO_ANSWER);
    }
    tell_outcomes();
}

/* The receiver's own deadline: it has the message if and only if the sender was told so. */
static void a_sender(void)
{
    begin(send_in_time);
    while (next_round()) {
        struct message m = message(0);
        EQUAL(sys_signal(START, 1), OK);
        int status = ipc_recv(ENDPOINT, &m, DEADLINE);
        wait_for_partner();
        EQUAL(status, PARTNER);
        CHECK(status == OK || status == E_TIMEOUT);
        end_round(status == OK);
    }
    tell_outcomes();
}

/* A caller that has no time at all is told whether it was received. */
static void a_hasty_caller(void)
{
    begin(call_in_time);
    while (next_round()) {
        struct message m = message(0);
        EQUAL(sys_signal(START, 1), OK);
        int status = ipc_recv(ENDPOINT, &m, DEADLINE);
        wait_for_partner();
        EQUAL(PARTNER, status == OK ? E_NO_ANSWER : E_TIMEOUT);
        CHECK(status == OK || status == E_TIMEOUT);
        if (status == OK)
            EQUAL(ipc_reply(&m), E_STALE);
        end_round(status == OK);
    }
    tell_outcomes();
}

/* A bit that came too late for one wait is there for the next, once. */
static void check_signal(int status, uint64_t bits)
{
    uint64_t left, then = (uint64_t)sys_wait(NOTIFICATION, DEADLINE_POLL, &left);
    EQUAL(PARTNER, OK);
    EQUAL(then, status == OK ? E_TIMEOUT : OK);
    EQUAL(status == OK ? bits : left, 4);
    CHECK(status == OK || status == E_TIMEOUT);
    EQUAL(sys_wait(NOTIFICATION, DEADLINE_POLL, &left), E_TIMEOUT);
}

static void a_signal(void)
{
    begin(signal_in_time);
    while (next_round()) {
        uint64_t bits;
        EQUAL(sys_signal(START, 1), OK);
        int status = sys_wait(NOTIFICATION, DEADLINE, &bits);
        wait_for_partner();
        check_signal(status, bits);
        end_round(status == OK);
    }
    tell_outcomes();
}

static void a_signal_at_an_endpoint(void)
{
    begin(signal_in_time);
    EQUAL(sys_endpoint_bind(ENDPOINT, NOTIFICATION), OK);
    while (next_round()) {
        struct message m = message(0);
        EQUAL(sys_signal(START, 1), OK);
        int status = ipc_recv(ENDPOINT, &m, DEADLINE);
        wait_for_partner();
        check_signal(status, m.words[0]);
        end_round(status == OK);
    }
    tell_outcomes();
}

int main(void)
{
    RUN(an_answer);
    RUN(an_answer_with_the_next_receive);
    RUN(a_receiver_of_a_send);
    RUN(a_receiver_of_a_call);
    RUN(a_sender);
    RUN(a_hasty_caller);
    RUN(a_signal);
    RUN(a_signal_at_an_endpoint);
    finish();
}
