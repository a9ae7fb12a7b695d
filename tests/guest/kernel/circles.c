/*
 * Circles of callers: seen when they close, ended by their deadlines.
 */
#include "tests/guest/harness/story.h"
#include "tests/guest/harness/trace.h"
#include "user/lib/thread.h"

#define CLIENT 20 /* priority: above the story's */

#define MEMBERS         3
#define ENDPOINT_OF(i)  board->cells[10 + (i)]
#define NUMBER_OF(i)    board->cells[20 + (i)]
#define STATUS_OF(i)    board->cells[30 + (i)]
#define GO_OF(i)        board->cells[40 + (i)] /* a notification */
#define DEADLINE_OF_ALL board->cells[50]

/* Serves its endpoint, if without success; at a signal it calls its neighbour's. */
static void member(void *number)
{
    uint64_t i = (uint64_t)number, bits;
    struct message m = message(0);
    NUMBER_OF(i) = my_number();
    EQUAL(ipc_recv(ENDPOINT_OF(i), &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(sys_wait(GO_OF(i), DEADLINE_FOREVER, &bits), OK);
    STATUS_OF(i) = (uint64_t)ipc_call(ENDPOINT_OF((i + 1) % MEMBERS), &m, DEADLINE_OF_ALL) + 1;
}

static void gather_members(void)
{
    for (uint64_t i = 0; i < MEMBERS; i++) {
        ENDPOINT_OF(i) = new_endpoint();
        GO_OF(i) = new_notification();
        worker(member, (void *)i, CLIENT + (unsigned)i); /* so loans go around, too */
    }
    settle();
    DEADLINE_OF_ALL = soon();
}

static void deadlines_end_it(void)
{
    rest_until(DEADLINE_OF_ALL);
    for (unsigned i = 0; i < MEMBERS; i++)
        EVENTUALLY(STATUS_OF(i) == E_TIMEOUT + 1);
}

static void a_circle_of_callers_is_seen_when_it_closes(void)
{
    uint64_t before = sys_system_info(SYSTEM_CIRCLES);
    struct trace_record record;
    trace_open();
    look_from_here();
    gather_members();
    for (uint64_t i = 0; i < MEMBERS; i++) {
        EQUAL(sys_signal(GO_OF(i), 1), OK);
        settle();
        EQUAL(sys_system_info(SYSTEM_CIRCLES), before + (i == MEMBERS - 1));
    }
    record = next_of(TRACE_CYCLE);
    expect_record(record, TRACE_CYCLE, NUMBER_OF(MEMBERS - 1), MEMBERS);
    EQUAL(record.value, NUMBER_OF(0));
    deadlines_end_it();
}

/* Nobody knows who comes last: all call at about the same time. */
static void a_circle_may_close_anywhere(void)
{
    gather_members();
    for (unsigned i = 0; i < MEMBERS; i++)
        EQUAL(sys_signal(GO_OF(i), 1), OK);
    deadlines_end_it();
}

/* Also through calls that were taken: each member passes on, inside a call, what it got. */
static void pass_on(void *number)
{
    uint64_t i = (uint64_t)number;
    struct message m = message(0);
    NUMBER_OF(i) = my_number();
    EQUAL(ipc_recv(ENDPOINT_OF(i), &m, DEADLINE_FOREVER), OK);
    STATUS_OF(i) = (uint64_t)ipc_call(ENDPOINT_OF((i + 1) % MEMBERS), &m, DEADLINE_OF_ALL) + 1;
}

static void start_circle(void *unused)
{
    struct message m = message(0);
    (void)unused;
    ipc_call(ENDPOINT_OF(0), &m, DEADLINE_OF_ALL);
}

static void a_circle_closes_with_taken_calls_too(void)
{
    struct trace_record record;
    trace_open();
    look_from_here();
    for (uint64_t i = 0; i < MEMBERS; i++) {
        ENDPOINT_OF(i) = new_endpoint();
        worker(pass_on, (void *)i, CLIENT);
    }
    settle();
    DEADLINE_OF_ALL = soon();
    worker(start_circle, 0, CLIENT);
    rest_until(DEADLINE_OF_ALL);
    EVENTUALLY(STATUS_OF(MEMBERS - 1));
    EQUAL(STATUS_OF(MEMBERS - 1), E_TIMEOUT + 1);
    record = next_of(TRACE_CYCLE);
    expect_record(record, TRACE_CYCLE, NUMBER_OF(MEMBERS - 1), MEMBERS);
    EQUAL(record.value, NUMBER_OF(0));
}

static void serve_too(void *unused)
{
    struct message m = message(0);
    (void)unused;
    EQUAL(ipc_recv(ENDPOINT_OF(0), &m, DEADLINE_POLL), E_TIMEOUT);
    rest(60 * SECOND);
}

/* Somebody else could still take the call that leads back. */
static void a_second_server_is_a_way_out(void)
{
    uint64_t before = sys_system_info(SYSTEM_CIRCLES);
    gather_members();
    worker(serve_too, 0, CLIENT);
    settle();
    for (uint64_t i = 0; i < MEMBERS; i++)
        EQUAL(sys_signal(GO_OF(i), 1), OK);
    settle();
    EQUAL(sys_system_info(SYSTEM_CIRCLES), before);
}

int main(void)
{
    RUN(a_circle_of_callers_is_seen_when_it_closes);
    RUN(a_circle_may_close_anywhere);
    RUN(a_circle_closes_with_taken_calls_too);
    RUN(a_second_server_is_a_way_out);
    finish();
}
