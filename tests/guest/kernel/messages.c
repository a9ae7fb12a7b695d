/*
 * Messages: what travels, and who gets it. Servers are workers of higher priority than the main thread: they wait in
 * recv when the main thread goes on.
 */
#include "tests/guest/harness/raw.h"
#include "tests/guest/harness/story.h"
#include "user/lib/thread.h"

#define SERVER 20 /* priority */

static uint64_t pattern(unsigned i, uint64_t seed)
{
    return (i + 1) * 0x9e3779b97f4a7c15ul ^ seed;
}

/* Answers each message with the complement of its words, as many as came, and the label plus one. */
static void complement(void *endpoint)
{
    struct message m = message(0);
    for (;;) {
        EQUAL(ipc_reply_recv((handle_t)endpoint, &m, DEADLINE_FOREVER), OK);
        for (unsigned i = 0; i < m.word_count; i++)
            if (i < MESSAGE_REGISTER_WORDS)
                m.words[i] = ~m.words[i];
            else
                message_page()->words[i] = ~message_page()->words[i];
        m.label++;
    }
}

/* Every length from 0 to 64 words goes and comes back; register words past the count arrive as zeros. */
static void every_length_arrives(void)
{
    handle_t endpoint = new_endpoint();
    worker(complement, (void *)endpoint, SERVER);
    for (unsigned count = 0; count <= MESSAGE_WORDS; count++) {
        struct message m = message(1000 + count);
        m.word_count = (uint8_t)count;
        for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
            m.words[i] = pattern(i, count);
        for (unsigned i = MESSAGE_REGISTER_WORDS; i < count; i++)
            message_page()->words[i] = pattern(i, count);
        EQUAL(ipc_call(endpoint, &m, DEADLINE_FOREVER), OK);
        EQUAL(m.word_count, count);
        EQUAL(m.label, 1001 + count);
        for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
            EQUAL(m.words[i], i < count ? ~pattern(i, count) : 0);
        for (unsigned i = MESSAGE_REGISTER_WORDS; i < count; i++)
            EQUAL(message_page()->words[i], ~pattern(i, count));
    }
}

/* A shape out of range is refused before anything happens: the receiver still waits. */
static void impossible_shapes_are_refused(void)
{
    handle_t endpoint = new_endpoint();
    uint64_t shapes[] = {SHAPE_WORDS(65),           SHAPE_WORDS(127),          SHAPE_CAPABILITIES(5),
                         SHAPE_CAPABILITIES(7),     SHAPE_LEASES(3),           1ul << 21, /* a page move */
                         SHAPE_LABEL(LABEL_KERNEL), SHAPE_LABEL(LABEL_FAULT),  SHAPE_LABEL(LABEL_EXIT),
                         SHAPE_LABEL(0xfffffffful), SHAPE_LABEL(LABEL_DRAINED)};
    worker(complement, (void *)endpoint, SERVER);
    settle();
    for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct raw_call call = {.rax = SYS_CALL | shapes[i], .rdi = endpoint, .rsi = DEADLINE_FOREVER};
        struct raw_call send = {.rax = SYS_SEND | shapes[i], .rdi = endpoint, .rsi = DEADLINE_FOREVER};
        EQUAL(raw_syscall(&call), E_ARGUMENT);
        EQUAL(raw_syscall(&send), E_ARGUMENT);
    }
    struct raw_call leases = {.rax = SYS_SEND | SHAPE_LEASES(1), .rdi = endpoint}; /* only a call can lend */
    struct message m = message(7);
    EQUAL(raw_syscall(&leases), E_ARGUMENT);
    EQUAL(ipc_call(endpoint, &m, DEADLINE_FOREVER), OK);
    EQUAL(m.label, 8);
}

/* What a receiver learns besides the words: badge, deadline, token or none, and who sent it. */
static void one_call(void *endpoint)
{
    struct message m = message(5);
    EQUAL(ipc_call((handle_t)endpoint, &m, DEADLINE_FOREVER - 1), OK);
    board->cells[1] = m.badge;
    board->cells[2] = m.token;
    board->cells[0] = 1;
}

static void one_send(void *endpoint)
{
    struct message m = message(6);
    board->cells[3] = thread_block()->number;
    EQUAL(ipc_send((handle_t)endpoint, &m, DEADLINE_FOREVER), OK);
}

static void the_receiver_learns_who_and_until_when(void)
{
    handle_t endpoint = new_endpoint(), badged = minted(endpoint, RIGHTS_ALL, ~0ul);
    struct message m;
    worker(one_call, (void *)badged, SERVER);
    m = received(endpoint);
    EQUAL(m.label, 5);
    EQUAL(m.badge, ~0ul);
    EQUAL(m.deadline, DEADLINE_FOREVER - 1);
    EQUAL(m.arrival, ARRIVAL_MESSAGE);
    CHECK(m.token != 0);
    EQUAL(message_page()->sender >> 32, figure(SELF, PROCESS_NUMBER));
    EQUAL(ipc_reply(&m), OK);
    settle();
    EQUAL(board->cells[0], 1);
    EQUAL(board->cells[1], 0); /* an answer has no badge and no token */
    EQUAL(board->cells[2], 0);
    worker(one_send, (void *)endpoint, SERVER);
    m = received(endpoint);
    EQUAL(m.badge, 0);
    EQUAL(m.token, 0); /* nobody waits */
    EQUAL(message_page()->sender & 0xffffffff, board->cells[3]);
}

/* The highest priority is served first, and within one priority whoever came first. */
static void queue_up(void *argument)
{
    struct message m = message((uint32_t)(uint64_t)argument);
    EQUAL(ipc_send(board->cells[0], &m, DEADLINE_FOREVER), OK);
}

static void senders_are_served_by_priority_then_age(void)
{
    static const unsigned priorities[] = {17, 20, 18, 20, 17, 25, 18, 20};
    static const unsigned expected[] = {5, 1, 3, 7, 2, 6, 0, 4};
    board->cells[0] = new_endpoint();
    for (unsigned i = 0; i < 8; i++) {
        worker(queue_up, (void *)(uint64_t)i, priorities[i]);
        settle();
    }
    for (unsigned i = 0; i < 8; i++)
        EQUAL(received(board->cells[0]).label, expected[i]);
}

/* A queued sender whose priority changes moves to its new place. */
static void a_queued_sender_can_be_promoted(void)
{
    handle_t threads[3];
    board->cells[0] = new_endpoint();
    for (unsigned i = 0; i < 3; i++) {
        threads[i] = worker(queue_up, (void *)(uint64_t)i, 17 + i);
        settle();
    }
    EQUAL(sys_thread_set(threads[0], 28, 0), OK);
    EQUAL(received(board->cells[0]).label, 0);
    EQUAL(received(board->cells[0]).label, 2);
    EQUAL(received(board->cells[0]).label, 1);
}

/* Two receivers, two messages: each gets one, the one who waited longer the first. */
static void wait_for_one(void *argument)
{
    board->cells[(uint64_t)argument] = received(board->cells[0]).label;
}

static void receivers_take_turns(void)
{
    struct message first = message(11), second = message(22);
    board->cells[0] = new_endpoint();
    worker(wait_for_one, (void *)1, SERVER);
    settle();
    worker(wait_for_one, (void *)2, SERVER + 1);
    settle();
    EQUAL(ipc_send(board->cells[0], &first, DEADLINE_FOREVER), OK);
    EQUAL(ipc_send(board->cells[0], &second, DEADLINE_FOREVER), OK);
    settle();
    EQUAL(board->cells[1], 11);
    EQUAL(board->cells[2], 22);
}

/*
 * reply_recv answers once. Its second half may have to start over: many queued senders whose capability was revoked are
 * sent away a few at a time. The answer had a capability that was moved: it must not be looked for again.
 */
static void queue_up_badged(void *argument)
{
    struct message m = message(0);
    EQUAL(ipc_send((handle_t)argument, &m, DEADLINE_FOREVER), E_REVOKED);
    __atomic_fetch_add(&board->cells[2], 1, __ATOMIC_RELAXED);
}

static void call_and_keep(void *argument)
{
    struct message m = message(3);
    m.accept = 1;
    EQUAL(ipc_call((handle_t)argument, &m, DEADLINE_FOREVER), OK);
    board->cells[1] = message_taken(&m, 0);
}

static void reply_recv_answers_once(void)
{
    handle_t endpoint = new_endpoint(), badged = minted(endpoint, RIGHTS_ALL, 1), gift = new_notification();
    struct message m;
    worker(call_and_keep, (void *)endpoint, 29);
    m = received(endpoint);
    for (unsigned i = 0; i < 100; i++)
        worker(queue_up_badged, (void *)badged, SERVER);
    settle();
    EQUAL(sys_cap_delete(SELF, badged), OK);
    m.label = 0;
    message_give(&m, gift, 1);
    EQUAL(ipc_reply_recv(endpoint, &m, sys_clock() + 200 * MILLISECOND), E_TIMEOUT);
    settle();
    EQUAL(board->cells[2], 100);
    EQUAL(sys_signal(board->cells[1], 1), OK);
    EQUAL(sys_signal(gift, 1), E_HANDLE);
}

/* Through a chain of processes: a call to a process that asks the next, 10 deep, and back. */
static void relay(void *argument)
{
    uint64_t depth = (uint64_t)argument;
    handle_t endpoint = board->cells[10 + depth], next = board->cells[40 + depth];
    struct message m = message(0);
    for (;;) {
        EQUAL(ipc_reply_recv(endpoint, &m, DEADLINE_FOREVER), OK);
        uint64_t token = m.token;
        m.words[0]++;
        if (next) {
            EQUAL(ipc_call(next, &m, DEADLINE_FOREVER), OK);
        }
        m.token = token;
    }
}

static void calls_through_ten_processes(void)
{
    handle_t endpoints[10], process[10];
    for (unsigned i = 0; i < 10; i++)
        endpoints[i] = new_endpoint();
    for (unsigned i = 0; i < 10; i++) {
        /* the clone finds its handles on the board; it starts only when this thread waits: its priority is lower */
        process[i] = clone(relay, (void *)(uint64_t)i,
                           &(struct clone_options){.priority = 5, .affinity = 1ul, .fault = endpoints[0]});
        CHECK(process[i] != 0);
        board->cells[10 + i] = give(endpoints[i], process[i], RIGHT_RECEIVE);
        board->cells[40 + i] = i < 9 ? give(endpoints[i + 1], process[i], RIGHT_SEND) : 0;
    }
    for (unsigned round = 0; round < 100; round++) {
        struct message m = message(1);
        m.word_count = 1;
        m.words[0] = round;
        EQUAL(ipc_call(endpoints[0], &m, DEADLINE_FOREVER), OK);
        EQUAL(m.words[0], round + 10);
    }
}

int main(void)
{
    RUN(every_length_arrives);
    RUN(impossible_shapes_are_refused);
    RUN(the_receiver_learns_who_and_until_when);
    RUN(senders_are_served_by_priority_then_age);
    RUN(a_queued_sender_can_be_promoted);
    RUN(receivers_take_turns);
    RUN(reply_recv_answers_once);
    RUN(calls_through_ten_processes);
    finish();
}
