/*
 * What the trace says about messages, waiting, switches and priorities: with trace=on all of it, else nothing.
 */
#include "kernel/abi/syscall.h"
#include "kernel/abi/trace_text.h"
#include "tests/guest/harness/story.h"
#include "tests/guest/harness/trace.h"
#include "user/lib/memory.h"

#define CLIENT   20 /* priority: above the story's */
#define ENDPOINT board->cells[0]
#define NUMBER   board->cells[1] /* of the worker's thread */

/* ---- a call, from the request to the answer ---- */

static void call_once(void *deadline)
{
    struct message m = message(5);
    m.word_count = 3;
    NUMBER = my_number();
    board->cells[2] = (uint64_t)ipc_call(ENDPOINT, &m, (uint64_t)deadline);
    board->cells[3] = 1;
}

/* The next record with this call that is not about what it lends. */
static struct trace_record next_step(uint64_t call)
{
    struct trace_record record;
    do
        record = next_of_call(call);
    while (record.kind == TRACE_PRIORITY);
    return record;
}

/* The server comes after its client: request, queue, delivery, answer, all under one name. */
static void a_queued_call_leaves_its_records(void)
{
    struct trace_record record;
    struct message m;
    uint64_t endpoint, last;
    ENDPOINT = new_endpoint();
    trace_open();
    look_from_here();
    worker(call_once, (void *)DEADLINE_FOREVER, CLIENT);
    settle();
    m = received(ENDPOINT);
    m.label = 9;
    m.word_count = 1;
    EQUAL(ipc_reply(&m), OK);
    EVENTUALLY(board->cells[3]);

    record = next_step(m.token);
    expect_record(record, TRACE_CALL, NUMBER, 3);
    EQUAL(record.cpu, board->thread_cpu);
    EQUAL(TRACE_LOW(record.value), 5);
    endpoint = TRACE_HIGH(record.value);
    last = record.tsc;
    record = next_step(m.token);
    expect_record(record, TRACE_WAIT, NUMBER, TRACE_SENDING);
    EQUAL(record.cpu, board->thread_cpu);
    EQUAL(record.value, endpoint);
    CHECK(record.tsc > last);
    last = record.tsc;
    record = next_step(m.token);
    expect_record(record, TRACE_WAIT, NUMBER, TRACE_CALLING);
    EQUAL(record.cpu, 0);
    CHECK(record.tsc > last);
    last = record.tsc;
    record = next_step(m.token);
    expect_record(record, TRACE_RECEIVE, my_number(), 3);
    EQUAL(record.cpu, 0);
    EQUAL(record.value, TRACE_PAIR(NUMBER, 5));
    CHECK(record.tsc > last);
    record = next_step(m.token);
    expect_record(record, TRACE_REPLY, my_number(), 1);
    EQUAL(record.cpu, 0);
    EQUAL(record.value, TRACE_PAIR(NUMBER, 9));
}

static void what_a_call_lends_is_recorded(void)
{
    struct trace_record record;
    struct message m;
    ENDPOINT = new_endpoint();
    trace_open();
    look_from_here();
    worker(call_once, (void *)DEADLINE_FOREVER, CLIENT);
    settle();
    m = received(ENDPOINT);
    EQUAL(ipc_reply(&m), OK);
    record = next_of(TRACE_RECEIVE);
    record = next_of(TRACE_PRIORITY);
    expect_record(record, TRACE_PRIORITY, my_number(), CLIENT);
    EQUAL(record.call, m.token);
    EQUAL(record.value, NUMBER);
    record = next_of(TRACE_PRIORITY); /* it goes back with the answer */
    expect_record(record, TRACE_PRIORITY, my_number(), STORY_PRIORITY);
    EQUAL(record.call, 0);
    EQUAL(record.value, 0);
}

static void serve(void *unused)
{
    struct message m = message(0);
    (void)unused;
    NUMBER = my_number();
    for (;;)
        EQUAL(ipc_reply_recv(ENDPOINT, &m, DEADLINE_FOREVER), OK);
}

/* What would go the short way if nobody looked is recorded, too. */
static void every_round_trip_is_recorded(void)
{
    uint64_t calls[10];
    ENDPOINT = new_endpoint();
    worker(serve, 0, STORY_PRIORITY);
    settle();
    trace_open();
    look_from_here();
    for (unsigned i = 0; i < 10; i++) {
        struct message m = message(i);
        EQUAL(ipc_call(ENDPOINT, &m, DEADLINE_FOREVER), OK);
    }
    for (unsigned i = 0; i < 10; i++) {
        struct trace_record record = next_of(TRACE_CALL);
        expect_record(record, TRACE_CALL, my_number(), 0);
        EQUAL(TRACE_LOW(record.value), i);
        calls[i] = record.call;
        record = next_of(TRACE_RECEIVE);
        EQUAL(record.call, calls[i]);
        expect_record(record, TRACE_RECEIVE, NUMBER, 0);
        EQUAL(record.value, TRACE_PAIR(my_number(), i));
        record = next_of(TRACE_REPLY);
        EQUAL(record.call, calls[i]);
        expect_record(record, TRACE_REPLY, NUMBER, 0);
        EQUAL(record.value, TRACE_PAIR(my_number(), i));
        for (unsigned k = 0; k < i; k++)
            CHECK(calls[k] != calls[i]);
    }
}

static void send_once(void *unused)
{
    struct message m = message(6);
    (void)unused;
    NUMBER = my_number();
    EQUAL(ipc_send(ENDPOINT, &m, DEADLINE_FOREVER), OK);
}

static void a_send_has_no_name(void)
{
    struct trace_record record;
    ENDPOINT = new_endpoint();
    trace_open();
    look_from_here();
    worker(send_once, 0, CLIENT);
    settle();
    EQUAL(received(ENDPOINT).token, 0);
    record = next_of(TRACE_SEND);
    expect_record(record, TRACE_SEND, NUMBER, 0);
    EQUAL(record.call, 0);
    EQUAL(TRACE_LOW(record.value), 6);
    record = next_of(TRACE_RECEIVE);
    expect_record(record, TRACE_RECEIVE, my_number(), 0);
    EQUAL(record.call, 0);
    EQUAL(record.value, TRACE_PAIR(NUMBER, 6));
}

/* ---- calls that end otherwise ---- */

static void a_deadline_names_its_call(void)
{
    struct trace_record record;
    struct message m;
    uint64_t deadline = soon();
    ENDPOINT = new_endpoint();
    trace_open();
    look_from_here();
    worker(call_once, (void *)deadline, CLIENT);
    settle();
    m = received(ENDPOINT);
    rest_until(deadline);
    EVENTUALLY(board->cells[3]);
    EQUAL(board->cells[2], E_NO_ANSWER);
    do
        record = next_of_call(m.token);
    while (record.kind != TRACE_DEADLINE);
    EQUAL(record.thread, NUMBER);
    EQUAL(record.value, deadline);
    do
        record = next_of_call(m.token);
    while (record.kind != TRACE_EXPIRE);
    expect_record(record, TRACE_EXPIRE, NUMBER, E_NO_ANSWER);
    EQUAL(record.value, deadline);
}

static void take_and_exit(void *unused)
{
    (void)unused;
    board->cells[4] = received(ENDPOINT).token;
    sys_thread_exit();
}

static void a_server_that_ends_cancels_its_call(void)
{
    struct trace_record record;
    ENDPOINT = new_endpoint();
    trace_open();
    look_from_here();
    worker(take_and_exit, 0, CLIENT);
    settle();
    worker(call_once, (void *)DEADLINE_FOREVER, CLIENT);
    EVENTUALLY(board->cells[3]);
    EQUAL(board->cells[2], E_SERVER_DIED);
    record = next_of(TRACE_CANCEL);
    expect_record(record, TRACE_CANCEL, NUMBER, E_SERVER_DIED);
    EQUAL(record.call, board->cells[4]);
}

/* ---- the rest ---- */

static void wait_once(void *notification)
{
    uint64_t bits;
    NUMBER = my_number();
    EQUAL(sys_wait((handle_t)notification, DEADLINE_FOREVER, &bits), OK);
}

static void signals_and_waits(void)
{
    handle_t notification = new_notification();
    struct trace_record record;
    uint64_t object;
    trace_open();
    look_from_here();
    worker(wait_once, (void *)notification, CLIENT);
    settle();
    EQUAL(sys_signal(notification, 0x50), OK);
    settle();
    do
        record = next_of(TRACE_WAIT);
    while (record.thread != NUMBER);
    expect_record(record, TRACE_WAIT, NUMBER, TRACE_WAITING);
    EQUAL(record.cpu, board->thread_cpu);
    object = record.value;
    do
        record = next_of(TRACE_SYSCALL);
    while (record.detail != SYS_SIGNAL || record.call != notification);
    expect_record(record, TRACE_SYSCALL, my_number(), SYS_SIGNAL);
    EQUAL(record.value, 0x50);
    record = next_of(TRACE_SIGNAL);
    EQUAL(record.call, object);
    EQUAL(record.value, 0x50);
    record = next_of(TRACE_READY);
    expect_record(record, TRACE_READY, NUMBER, CLIENT);
    EQUAL(record.value, figure(SELF, PROCESS_NUMBER));
    do
        record = next_of(TRACE_SWITCH);
    while (record.thread != NUMBER);
    expect_record(record, TRACE_SWITCH, NUMBER, CLIENT);
    EQUAL(record.cpu, board->thread_cpu);
    EQUAL(TRACE_HIGH(record.value), figure(SELF, PROCESS_NUMBER));
}

/* Each switch leaves the thread that the one before came to. */
static void switches_make_chains(void)
{
    trace_open();
    settle(); /* some switches everywhere */
    settle();
    for (unsigned cpu = 0; cpu < board->cpus; cpu++) {
        const struct trace_ring *ring = &trace_rings[cpu];
        uint64_t end = ring->written, n = end < TRACE_RECORDS ? 0 : end - TRACE_RECORDS + 1;
        uint64_t links = 0, current = 0;
        struct trace_record record;
        for (; n < end; n++) {
            if (!trace_read(ring, n, &record) || (record.kind != TRACE_SWITCH && record.kind != TRACE_IDLE))
                continue;
            if (links++)
                EQUAL(TRACE_LOW(record.value), current);
            current = record.thread;
        }
        CHECK(links > 2);
    }
}

static void take_page(void *window)
{
    struct message m = message(0), answer = message(0);
    NUMBER = my_number();
    message_window(&m, window, 1);
    EQUAL(ipc_recv(ENDPOINT, &m, DEADLINE_FOREVER), OK);
    board->cells[4] = answer.token = m.token;
    EQUAL(ipc_reply(&answer), OK);
}

static void *movable_page(void)
{
    char *place = address_reserve(1);
    handle_t memory;
    EQUAL(sys_memory_create(SELF, 1, MEMORY_MOVABLE, &memory), OK);
    EQUAL(sys_map(SELF, memory, place, 0, 1, RIGHT_READ | RIGHT_WRITE), OK);
    *place = 1;
    return place;
}

static void a_page_move_names_its_call(void)
{
    struct message m = message(0);
    struct trace_record record;
    ENDPOINT = new_endpoint();
    worker(take_page, movable_page(), CLIENT);
    settle();
    trace_open();
    look_from_here();
    message_move(&m, movable_page(), 1);
    EQUAL(ipc_call(ENDPOINT, &m, DEADLINE_FOREVER), OK);
    record = next_of(TRACE_MOVE);
    expect_record(record, TRACE_MOVE, my_number(), 1);
    EQUAL(record.call, board->cells[4]);
    EQUAL(TRACE_HIGH(record.value), NUMBER);
    CHECK(TRACE_LOW(record.value) != 0);
}

static void spin(void *unused)
{
    (void)unused;
    board->cells[4] = 1;
    for (;;)
        __asm__ volatile("pause");
}

static void a_flush_answers_a_shootdown(void)
{
    handle_t memory = new_memory(1);
    struct trace_record shootdown, flush;
    worker(spin, 0, STORY_PRIORITY);
    EVENTUALLY(board->cells[4]);
    EQUAL(sys_map(SELF, memory, address_reserve(1), 0, 1, RIGHT_READ), OK);
    trace_open();
    look_from_here();
    EQUAL(sys_unmap(SELF, memory), OK);
    shootdown = next_of(TRACE_SHOOTDOWN);
    flush = next_of(TRACE_FLUSH);
    EQUAL(flush.cpu, 1);
    EQUAL(flush.value, shootdown.value);
}

/* ---- with the trace off, and on ---- */

/* Whatever it is: records of frequent kinds are there if and only if somebody asked for them. */
static void the_boot_option_decides(void)
{
    handle_t notification = new_notification();
    struct trace_record record;
    bool frequent = false;
    trace_open();
    ENDPOINT = new_endpoint();
    worker(serve, 0, STORY_PRIORITY);
    worker(wait_once, (void *)notification, CLIENT);
    settle();
    EQUAL(sys_signal(notification, 1), OK);
    for (unsigned i = 0; i < 10; i++) {
        struct message m = message(i);
        EQUAL(ipc_call(ENDPOINT, &m, DEADLINE_FOREVER), OK);
    }
    for (unsigned cpu = 0; cpu < board->cpus; cpu++)
        for (uint64_t n = 0; n < trace_rings[cpu].written; n++)
            if (trace_read(&trace_rings[cpu], n, &record))
                frequent |= record.kind >= TRACE_FREQUENT;
    EQUAL(frequent, board->traced);
}

int main(void)
{
    RUN(the_boot_option_decides);
    if (!board->traced)
        finish();
    RUN(a_queued_call_leaves_its_records);
    RUN(what_a_call_lends_is_recorded);
    RUN(every_round_trip_is_recorded);
    RUN(a_send_has_no_name);
    RUN(a_deadline_names_its_call);
    RUN(a_server_that_ends_cancels_its_call);
    RUN(signals_and_waits);
    RUN(a_page_move_names_its_call);
    RUN_ON_MANY(a_flush_answers_a_shootdown);
    RUN_ONCE(switches_make_chains);
    finish();
}
