/*
 * The test of supervision: makes servers die in every way there is and looks at what init makes of it.
 *
 * Tells its stories through the emulator's debug port, which no server under test has a part in, and switches the
 * machine off.
 */
#include "servers/proto/error.h"
#include "servers/proto/init.h"
#include "tests/guest/supervision/victim.h"
#include "user/lib/ipc.h"
#include "user/lib/startup.h"
#include "user/lib/time.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEBUG_PORT 0xe9
#define PATIENCE   (5 * SECOND)

static handle_t victim, doomed, dependent, init;
static unsigned passed, failed;
static const char *failure;
static int failure_line;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            failure = #condition;                                                                                      \
            failure_line = __LINE__;                                                                                   \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)
#define RUN(story) run(#story, story)

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[200];
    uint64_t done;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    sys_port_write_bytes(startup_capability("host"), DEBUG_PORT, line, (uint64_t)length, &done);
}

static void run(const char *name, void (*story)(void))
{
    failure = NULL;
    story();
    if (failure == NULL)
        say("ok %s\n", name);
    else
        say("FAIL %s: %d: %s\n", name, failure_line, failure);
    failure == NULL ? passed++ : failed++;
}

/* ---- short ways ---- */

/* Asks a victim; its answer's words come back in `m`. */
static int ask(handle_t whom, enum victim_operation what, uint64_t word, struct message *m)
{
    *m = message(what);
    m->word_count = 1;
    m->words[0] = word;
    return ipc_request(whom, m, sys_clock() + PATIENCE);
}

static int order(handle_t whom, enum victim_operation what, uint64_t word)
{
    struct message m;
    return ask(whom, what, word, &m);
}

/* What the incarnation that runs now says of itself: 0 if it does not answer. */
static uint64_t generation_of(handle_t whom)
{
    struct message m;
    return ask(whom, VICTIM_LOOK, 0, &m) == OK ? m.words[0] : 0;
}

/* The supervisor's record of a server, by its place in the manifest. */
enum { VICTIM, DOOMED, DEPENDENT };

static struct service_record record_of(unsigned index)
{
    static struct service_record records[8];
    struct message m = message(INIT_SERVICES);
    m.word_count = 1;
    m.words[0] = sizeof(records);
    message_lend(&m, records, sizeof(records), LEASE_WRITE);
    memset(records, 0xff, sizeof(records));
    ipc_request(init, &m, sys_clock() + PATIENCE);
    return records[index];
}

static int last_end(unsigned index, struct service_end *end)
{
    struct message m = message(INIT_WHY);
    m.word_count = 1;
    m.words[0] = index;
    message_lend(&m, end, sizeof(*end), LEASE_WRITE);
    return ipc_request(init, &m, sys_clock() + PATIENCE);
}

/* The number of ends counts for ten seconds. */
static void let_the_past_rest(void)
{
    sleep_nanoseconds(11 * SECOND);
}

/* ---- stories ---- */

static void a_crash_is_reported_and_mended(void)
{
    uint64_t before = generation_of(victim);
    struct service_end end;
    CHECK(before > 0);
    CHECK(order(victim, VICTIM_WRITE, 0x1238) == E_SERVER_DIED);
    CHECK(generation_of(victim) == before + 1);
    CHECK(last_end(VICTIM, &end) == OK);
    CHECK(end.reason == REASON_FAULT && end.detail == 14 && end.generation == before);
    CHECK(end.address == 0x1238 && (end.error & 6) == 6);
    CHECK(end.registers.rip >> 24 == 0x10 && end.registers.rsp != 0);
    CHECK(end.caller_count >= 4);
    for (unsigned i = 0; i < 4; i++)
        CHECK(end.callers[i] >> 24 == 0x10);
}

static void a_damaged_stack_only_shortens_the_report(void)
{
    static const uint64_t damaged[] = {0x123458, 0xffff800000001230, 0x1234567812345678, 0x10001001, ~7ul};
    struct service_end end;
    for (unsigned i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        CHECK(order(victim, VICTIM_DAMAGE, damaged[i]) == E_SERVER_DIED);
        CHECK(last_end(VICTIM, &end) == OK);
        CHECK(end.reason == REASON_FAULT && end.detail == 6 && end.registers.rbp == damaged[i]);
        CHECK(end.caller_count == 0);
    }
    let_the_past_rest();
}

static void kept_memory_outlives_its_server(void)
{
    struct message m;
    CHECK(order(victim, VICTIM_KEEP, 0x1234567890) == OK);
    CHECK(order(victim, VICTIM_EXIT, 7) == E_SERVER_DIED);
    CHECK(ask(victim, VICTIM_LOOK, 0, &m) == OK);
    CHECK(m.words[1] == 0x1234567890);
    CHECK(record_of(VICTIM).reason == REASON_EXIT && record_of(VICTIM).detail == 7);
}

static void a_call_that_waits_is_served_by_the_successor(void)
{
    struct message m;
    uint64_t before = generation_of(victim);
    CHECK(order(victim, VICTIM_EXIT, 0) == E_SERVER_DIED);
    CHECK(order(victim, VICTIM_EXIT, 0) == E_SERVER_DIED); /* queued while nobody served */
    CHECK(ask(victim, VICTIM_LOOK, 0, &m) == OK);
    CHECK(m.words[0] == before + 2);
}

static void a_hung_server_is_replaced(void)
{
    uint64_t before = generation_of(victim), start = sys_clock();
    CHECK(order(victim, VICTIM_LOOP, 0) == E_SERVER_DIED);
    CHECK(sys_clock() - start >= 150 * MILLISECOND && sys_clock() - start < 600 * MILLISECOND);
    CHECK(record_of(VICTIM).reason == REASON_HUNG);
    CHECK(generation_of(victim) == before + 1);
    CHECK(order(victim, VICTIM_WAIT, SECOND) == E_SERVER_DIED);
    CHECK(generation_of(victim) == before + 2);
}

static void long_work_with_signs_of_life_is_no_hang(void)
{
    uint64_t before = generation_of(victim);
    CHECK(order(victim, VICTIM_WORK, SECOND) == OK);
    CHECK(generation_of(victim) == before);
}

static void an_idle_server_is_no_hang(void)
{
    uint64_t before = generation_of(victim);
    sleep_nanoseconds(2 * SECOND);
    CHECK(generation_of(victim) == before);
}

static void a_server_waits_for_the_one_it_depends_on(void)
{
    let_the_past_rest();
    uint64_t before = generation_of(dependent);
    CHECK(before > 0);
    for (unsigned i = 0; i < 4; i++)
        CHECK(order(victim, VICTIM_EXIT, 0) == E_SERVER_DIED);
    CHECK(record_of(VICTIM).state == SERVICE_RESTARTING); /* for 150 ms now */
    CHECK(order(dependent, VICTIM_EXIT, 0) == E_SERVER_DIED);
    CHECK(record_of(DEPENDENT).state == SERVICE_WAITING);
    CHECK(generation_of(dependent) == before + 1);
    CHECK(record_of(VICTIM).state == SERVICE_RUNNING);
}

static void what_dies_again_and_again_is_given_up(void)
{
    sleep_nanoseconds(5 * SECOND);
    CHECK(record_of(DOOMED).state == SERVICE_GIVEN_UP);
    CHECK(record_of(DOOMED).generation == 11);
    CHECK(order(doomed, VICTIM_LOOK, 0) == E_HANDLE); /* its endpoint went, and all that was derived from it */
    CHECK(generation_of(dependent) > 0);              /* goes on without it */
}

static void the_supervisor_refuses_nonsense(void)
{
    struct service_end end;
    struct message m = message(INIT_WHY);
    CHECK(last_end(1000, &end) == ERROR_NOT_FOUND);
    CHECK(last_end(3, &end) == ERROR_NOT_FOUND); /* the tester itself, which never ended */
    CHECK(ipc_request(init, &m, sys_clock() + PATIENCE) == ERROR_MALFORMED);
    m = message(0x7ff);
    CHECK(ipc_request(init, &m, sys_clock() + PATIENCE) == ERROR_OPERATION);
}

int main(void)
{
    victim = startup_capability("victim");
    doomed = startup_capability("doomed");
    dependent = startup_capability("dependent");
    init = startup_capability("init");
    RUN(a_crash_is_reported_and_mended);
    RUN(a_damaged_stack_only_shortens_the_report);
    RUN(kept_memory_outlives_its_server);
    RUN(a_call_that_waits_is_served_by_the_successor);
    RUN(a_hung_server_is_replaced);
    RUN(long_work_with_signs_of_life_is_no_hang);
    RUN(an_idle_server_is_no_hang);
    RUN(a_server_waits_for_the_one_it_depends_on);
    RUN(what_dies_again_and_again_is_given_up);
    RUN(the_supervisor_refuses_nonsense);
    say("%u passed, %u failed\n", passed, failed);
    struct message m = message(INIT_POWER_OFF);
    ipc_request(init, &m, DEADLINE_FOREVER);
    return 1;
}
