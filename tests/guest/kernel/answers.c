/*
 * Tokens, and the ends of a call that nobody wishes for: the server dies, the endpoint goes, the capability is revoked,
 * the client dies.
 */
#include "tests/guest/harness/story.h"

#define ENDPOINT  board->cells[0]
#define TOKEN     board->cells[1]
#define STATUS(i) board->cells[100 + (i)]
#define PENDING   999ul

#define CALLER 20

/* Caller number i. */
static void call(void *number)
{
    struct message m = message((uint32_t)(uint64_t)number);
    STATUS((uint64_t)number) = PENDING;
    STATUS((uint64_t)number) = (uint64_t)ipc_call(ENDPOINT, &m, DEADLINE_FOREVER);
}

static void send(void *number)
{
    struct message m = message((uint32_t)(uint64_t)number);
    STATUS((uint64_t)number) = PENDING;
    STATUS((uint64_t)number) = (uint64_t)ipc_send(ENDPOINT, &m, DEADLINE_FOREVER);
}

static void start(unsigned first, unsigned count, void (*run)(void *))
{
    for (unsigned i = first; i < first + count; i++)
        worker(run, (void *)(uint64_t)i, CALLER);
    settle();
}

static void reply_to(uint64_t token, int expected)
{
    struct message m = message(0);
    m.token = token;
    EQUAL(ipc_reply(&m), expected);
}

/* Every token but the one that was given is stale: those next to it, those of other threads, numbers at random. */
static void an_invented_token_is_nothing(void)
{
    uint64_t token, done, seed = 88172645463325252;
    char byte;
    ENDPOINT = new_endpoint();
    start(0, 1, call);
    token = received(ENDPOINT).token;
    reply_to(0, E_STALE);
    reply_to(~0ul, E_STALE);
    EQUAL(sys_adopt(0), E_STALE);
    EQUAL(sys_adopt(~0ul), E_STALE);
    for (unsigned bit = 0; bit < 64; bit++) {
        reply_to(token ^ 1ul << bit, E_STALE);
        EQUAL(sys_adopt(token ^ 1ul << bit), E_STALE);
    }
    for (unsigned i = 0; i < 10000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        if (seed != token)
            reply_to(seed, E_STALE);
    }
    EQUAL(sys_lease_read(token + 1, 0, 0, &byte, 1, &done), E_STALE);
    EQUAL(sys_lease_read(token, 0, 0, &byte, 1, &done), E_ARGUMENT); /* it lent nothing */
    reply_to(token, OK);
    settle();
    EQUAL(STATUS(0), OK);
}

static void a_token_works_once(void)
{
    uint64_t token;
    ENDPOINT = new_endpoint();
    start(0, 1, call);
    token = received(ENDPOINT).token;
    reply_to(token, OK);
    reply_to(token, E_STALE);
}

/* A token is good in any thread of the process that received the call. */
static void reply_from_here(void *unused)
{
    (void)unused;
    reply_to(TOKEN, OK);
    TOKEN = 0;
}

static void any_thread_of_the_server_may_answer(void)
{
    ENDPOINT = new_endpoint();
    start(0, 1, call);
    TOKEN = received(ENDPOINT).token;
    worker(reply_from_here, 0, CALLER);
    settle();
    EQUAL(TOKEN, 0);
    EQUAL(STATUS(0), OK);
}

/* In another process it is nothing, even if that holds every capability there is. */
static void steal(void *unused)
{
    char bytes[8];
    uint64_t done;
    (void)unused;
    reply_to(TOKEN, E_STALE);
    EQUAL(sys_adopt(TOKEN), E_STALE);
    EQUAL(sys_lease_read(TOKEN, 0, 0, bytes, 8, &done), E_STALE);
    EQUAL(sys_lease_write(TOKEN, 0, 0, bytes, 8, &done), E_STALE);
    board->cells[2] = 1;
}

static void a_stolen_token_is_nothing(void)
{
    ENDPOINT = new_endpoint();
    start(0, 1, call);
    TOKEN = received(ENDPOINT).token;
    CHECK(clone(steal, 0, &(struct clone_options){.affinity = 1}) != 0);
    EVENTUALLY(board->cells[2] == 1);
    EQUAL(STATUS(0), PENDING);
    reply_to(TOKEN, OK);
}

/* ---- servers that die ---- */

/* Takes five calls, answers none, and stays. */
static void take_five(void *ending)
{
    for (unsigned i = 0; i < 5; i++)
        received(board->cells[3]);
    board->cells[2] = 1;
    if ((uint64_t)ending == 1)
        sys_process_exit(0);
    if ((uint64_t)ending == 2)
        __asm__ volatile("ud2");
    for (;;)
        rest(SECOND);
}

/* Eight callers, five of them taken: all five learn that the outcome is unknown, the last received and the parked; the
 * three that were not received stay in the queue, for the next server. */
static void five_taken_then_death(uint64_t ending)
{
    handle_t server;
    ENDPOINT = new_endpoint();
    start(0, 8, call);
    server = clone(take_five, (void *)ending, &(struct clone_options){.affinity = 1, .priority = 5});
    CHECK(server != 0);
    board->cells[3] = give(ENDPOINT, server, RIGHT_RECEIVE);
    EVENTUALLY(board->cells[2] == 1);
    EVENTUALLY(figure(server, PROCESS_EXITED) == (ending != 0));
    EQUAL(sys_cap_delete(SELF, server), OK);
    settle();
    for (unsigned i = 0; i < 8; i++)
        EQUAL(STATUS(i), i < 5 ? E_SERVER_DIED : PENDING);
    for (unsigned i = 5; i < 8; i++) {
        struct message m = received(ENDPOINT);
        EQUAL(m.label, i);
        EQUAL(ipc_reply(&m), OK);
    }
    settle();
    EQUAL(STATUS(7), OK);
}

static void a_destroyed_server_answers_all_its_clients(void)
{
    five_taken_then_death(0);
}

static void so_does_one_that_exits(void)
{
    five_taken_then_death(1);
}

static void so_does_one_that_faults(void)
{
    five_taken_then_death(2);
}

/* One thread's end is enough, if it received the call. */
static void take_and_stay(void *unused)
{
    (void)unused;
    received(ENDPOINT);
    for (;;)
        rest(SECOND);
}

static void take_and_leave(void *unused)
{
    (void)unused;
    received(ENDPOINT);
}

static void a_thread_takes_its_clients_along(void)
{
    handle_t thread;
    ENDPOINT = new_endpoint();
    start(0, 2, call);
    thread = worker(take_and_stay, 0, CALLER);
    settle();
    EQUAL(sys_cap_delete(SELF, thread), OK);
    settle();
    EQUAL(STATUS(0), E_SERVER_DIED);
    EQUAL(STATUS(1), PENDING);
    worker(take_and_leave, 0, CALLER);
    settle();
    EQUAL(STATUS(1), E_SERVER_DIED);
}

/* ---- endpoints and capabilities that go ---- */

static void receive(void *number)
{
    struct message m = message(0);
    STATUS((uint64_t)number) = (uint64_t)ipc_recv(ENDPOINT, &m, DEADLINE_FOREVER);
}

/* Everybody queued at a destroyed endpoint wakes; what was delivered before is still answered. */
static void a_destroyed_endpoint_wakes_everybody(void)
{
    struct message m;
    ENDPOINT = new_endpoint();
    start(0, 3, call);
    start(3, 3, send);
    m = received(ENDPOINT);
    EQUAL(m.label, 0);
    EQUAL(sys_cap_delete(SELF, ENDPOINT), OK);
    settle();
    EQUAL(STATUS(0), PENDING);
    for (unsigned i = 1; i < 6; i++)
        EQUAL(STATUS(i), E_DEAD);
    EQUAL(ipc_reply(&m), OK);
    settle();
    EQUAL(STATUS(0), OK);
    ENDPOINT = new_endpoint();
    start(6, 3, receive);
    EQUAL(sys_cap_delete(SELF, ENDPOINT), OK);
    settle();
    for (unsigned i = 6; i < 9; i++)
        EQUAL(STATUS(i), E_DEAD);
}

/* A hundred of them: more than one step of the destruction. */
static void also_a_hundred(void)
{
    ENDPOINT = new_endpoint();
    start(0, 100, call);
    EQUAL(sys_cap_delete(SELF, ENDPOINT), OK);
    settle();
    for (unsigned i = 0; i < 100; i++)
        EQUAL(STATUS(i), E_DEAD);
}

/* A sender in the queue whose capability goes away is not delivered; it learns so when its turn comes. */
static void a_revoked_sender_is_not_delivered(void)
{
    handle_t endpoint = new_endpoint(), badged = minted(endpoint, RIGHTS_ALL, 5);
    struct message m = message(0);
    ENDPOINT = badged;
    start(0, 1, call);
    start(1, 1, send);
    ENDPOINT = endpoint;
    start(2, 1, send);
    EQUAL(sys_cap_revoke(SELF, endpoint), OK);
    minted(endpoint, RIGHTS_ALL, 6); /* takes the slot, not the sender's place */
    EQUAL(received(endpoint).label, 2);
    settle();
    EQUAL(STATUS(0), E_REVOKED);
    EQUAL(STATUS(1), E_REVOKED);
    EQUAL(STATUS(2), OK);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
}

/* ---- clients that go ---- */

static void call_from_afar(void *unused)
{
    struct message m = message(77);
    (void)unused;
    ipc_call(board->cells[3], &m, DEADLINE_FOREVER);
}

static void a_dead_client_cannot_be_answered(void)
{
    handle_t client;
    struct message m;
    ENDPOINT = new_endpoint();
    client = clone(call_from_afar, 0, &(struct clone_options){.affinity = 1, .priority = 5});
    CHECK(client != 0);
    board->cells[3] = give(ENDPOINT, client, RIGHT_SEND);
    m = received(ENDPOINT);
    EQUAL(sys_cap_delete(SELF, client), OK);
    EQUAL(ipc_reply(&m), E_STALE);
}

/*
 * A reply with capabilities arrives while the client's process is being taken apart: they must not get into a table
 * whose emptying has gone past their place. The destroyer works in steps; the server answers between two of them.
 */
static void answer_when_it_dies(void *process)
{
    struct message m = received(ENDPOINT);
    uint64_t value;
    TOKEN = m.token;
    for (unsigned i = 0; i < 4; i++)
        message_give(&m, ENDPOINT, 0);
    while (sys_process_info((handle_t)process, PROCESS_NUMBER, &value) == OK)
        continue;
    for (unsigned i = 0; i < board->rounds * 3; i++) /* at another moment of its end in each round */
        __asm__ volatile("pause");
    m.label = 0;
    ipc_reply(&m);
}

static void call_accepting(void *unused)
{
    struct message m = message(0);
    (void)unused;
    m.accept = 4;
    ipc_call(board->cells[3], &m, DEADLINE_FOREVER);
}

/* The caller's own handle comes after a thousand others: the destroyer gets to them first. */
static void fill_table_and_call(void *unused)
{
    handle_t copy;
    for (unsigned i = 0; i < 1000; i++)
        EQUAL(sys_cap_copy(SELF, own.board, SELF, 0, &copy), OK);
    worker_on(1, call_accepting, unused, 5);
    for (;;)
        rest(SECOND);
}

static void an_answer_to_a_dying_process_brings_no_capabilities(void)
{
    ENDPOINT = new_endpoint();
    while (again(30)) {
        handle_t client = clone(fill_table_and_call, 0, &(struct clone_options){.affinity = 1, .priority = 5});
        CHECK(client != 0);
        TOKEN = 0;
        worker_on(2, answer_when_it_dies, (void *)client, 3);
        board->cells[3] = give(ENDPOINT, client, RIGHT_SEND);
        EVENTUALLY(TOKEN != 0);
        EQUAL(sys_cap_delete(SELF, client), OK);
    }
}

int main(void)
{
    RUN(an_invented_token_is_nothing);
    RUN(a_token_works_once);
    RUN(any_thread_of_the_server_may_answer);
    RUN(a_stolen_token_is_nothing);
    RUN(a_destroyed_server_answers_all_its_clients);
    RUN(so_does_one_that_exits);
    RUN(so_does_one_that_faults);
    RUN(a_thread_takes_its_clients_along);
    RUN(a_destroyed_endpoint_wakes_everybody);
    RUN(also_a_hundred);
    RUN(a_revoked_sender_is_not_delivered);
    RUN(a_dead_client_cannot_be_answered);
    RUN_ON_MANY(an_answer_to_a_dying_process_brings_no_capabilities);
    finish();
}
