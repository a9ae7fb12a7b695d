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
#define PATIENCE   (2 * SECOND)

static handle_t victim, doomed, dependent, init, debug;
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

static void a_lost_answer_is_noticed(void)
{
    uint64_t before = generation_of(victim), start = sys_clock();
    CHECK(order(victim, VICTIM_FORGET, 0) == E_SERVER_DIED);
    CHECK(sys_clock() - start < 600 * MILLISECOND);
    CHECK(record_of(VICTIM).reason == REASON_FAULT);
    CHECK(generation_of(victim) == before + 1);
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

static void what_ends_twice_takes_along_what_it_depends_on(void)
{
    let_the_past_rest();
    uint64_t before = generation_of(victim);
    CHECK(order(dependent, VICTIM_EXIT, 0) == E_SERVER_DIED);
    CHECK(generation_of(dependent) > 0 && generation_of(victim) == before);
    CHECK(order(dependent, VICTIM_EXIT, 0) == E_SERVER_DIED);
    CHECK(generation_of(dependent) > 0 && generation_of(victim) == before + 1);
    CHECK(record_of(VICTIM).reason == REASON_SUSPECTED);
}

static void what_dies_again_and_again_is_given_up(void)
{
    sleep_nanoseconds(5 * SECOND);
    CHECK(record_of(DOOMED).state == SERVICE_GIVEN_UP);
    CHECK(record_of(DOOMED).generation == 11);
    CHECK(order(doomed, VICTIM_LOOK, 0) == E_HANDLE); /* its endpoint went, and all that was derived from it */
    CHECK(generation_of(dependent) > 0);              /* goes on without it */
}

/* ---- on request ---- */

static int kill(handle_t whom, unsigned index, uint64_t calls, uint64_t time, uint64_t *busy)
{
    struct message m = message(INIT_KILL);
    m.word_count = 3;
    m.words[0] = index;
    m.words[1] = calls;
    m.words[2] = time;
    int status = ipc_request(whom, &m, sys_clock() + PATIENCE);
    *busy = m.words[0];
    return status;
}

static void a_kill_at_once_finds_it_idle(void)
{
    struct service_end end;
    uint64_t busy, before = generation_of(victim);
    unsigned kills = record_of(VICTIM).kills, busy_kills = record_of(VICTIM).busy_kills;
    CHECK(kill(debug, VICTIM, 0, 0, &busy) == OK && busy == 0);
    CHECK(last_end(VICTIM, &end) == OK && end.reason == REASON_KILLED && !end.busy);
    CHECK(generation_of(victim) == before + 1);
    CHECK(record_of(VICTIM).kills == kills + 1 && record_of(VICTIM).busy_kills == busy_kills);
}

static void a_kill_at_a_time_finds_it_at_work(void)
{
    struct service_end end;
    uint64_t busy, start = sys_clock();
    unsigned busy_kills = record_of(VICTIM).busy_kills;
    CHECK(kill(debug, VICTIM, 0, start + 30 * MILLISECOND, &busy) == OK && busy == 0);
    CHECK(order(victim, VICTIM_WORK, SECOND) == E_SERVER_DIED);
    CHECK(sys_clock() - start >= 30 * MILLISECOND && sys_clock() - start < 100 * MILLISECOND);
    CHECK(last_end(VICTIM, &end) == OK && end.reason == REASON_KILLED && end.busy);
    CHECK(record_of(VICTIM).busy_kills == busy_kills + 1);
}

static void a_kill_at_a_system_call_comes_before_it(void)
{
    struct service_end end;
    uint64_t busy, before = generation_of(victim);
    CHECK(kill(debug, VICTIM, 1, 0, &busy) == OK && busy == 0);
    CHECK(generation_of(victim) == 0); /* its next call is the answer */
    CHECK(last_end(VICTIM, &end) == OK && end.reason == REASON_KILLED && end.busy);
    CHECK(kill(debug, VICTIM, 3, 0, &busy) == OK && busy == 0);
    CHECK(generation_of(victim) == before + 1);
    CHECK(generation_of(victim) == before + 1);
    CHECK(generation_of(victim) == 0);
    CHECK(generation_of(victim) == before + 2);
}

static void kills_on_request_do_not_count(void)
{
    uint64_t busy, before = generation_of(victim);
    for (unsigned i = 0; i < 50; i++) {
        uint64_t start = sys_clock();
        CHECK(kill(debug, VICTIM, 0, 0, &busy) == OK);
        CHECK(generation_of(victim) == before + 1 + i);
        CHECK(sys_clock() - start < 10 * MILLISECOND);
    }
}

static struct injection no_fault(uint64_t address)
{
    return (struct injection){.address = address,
                              .code_and = ~0ul,
                              .value_and = ~0ul,
                              .changed = NO_REGISTER,
                              .base = NO_REGISTER,
                              .index = NO_REGISTER};
}

static int inject(handle_t whom, const struct injection *injection)
{
    struct message m = message(INIT_INJECT);
    m.word_count = 1;
    m.words[0] = VICTIM;
    message_lend(&m, injection, sizeof(*injection), LEASE_READ);
    return ipc_request(whom, &m, sys_clock() + PATIENCE);
}

/* What the victim adds up, 0 if it does not answer. */
static uint64_t sum(uint64_t number)
{
    struct message m;
    return ask(victim, VICTIM_ADD, number, &m) == OK ? m.words[0] : 0;
}

enum { RSI = 13, RDI = 14, ADD = 3 }; /* registers; offset of the second instruction */

static void each_kind_of_fault_happens_once(void)
{
    struct message m;
    CHECK(ask(victim, VICTIM_WHERE, 0, &m) == OK);
    uint64_t address = m.words[0];
    struct injection faults[] = {no_fault(address), no_fault(address + ADD), no_fault(address), no_fault(address),
                                 no_fault(address + ADD)};
    static const uint64_t sums[] = {1005, 995, 1007, 1000 ^ 0xff, 1000};
    faults[1].code_xor = 0x2800; /* add becomes sub */
    faults[2].changed = RDI;
    faults[2].value_xor = 2;
    faults[3].base = RSI;
    faults[3].index = RDI; /* 5, as in the request */
    faults[3].scale = 8;
    faults[3].displacement = -40;
    faults[3].memory_xor = 0xff;
    faults[4].skip = 3;
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        CHECK(inject(debug, &faults[i]) == OK);
        CHECK(record_of(VICTIM).injection == INJECTION_ARMED);
        CHECK(sum(5) == sums[i] + (i == 3 ? 5 : 0));
        CHECK(record_of(VICTIM).injection == INJECTION_HAPPENED);
        if (i == 1) /* changed code stays as it is */
            CHECK(kill(debug, VICTIM, 0, 0, &m.words[0]) == OK);
        CHECK(sum(5) == 1005);
    }
}

static void a_fault_can_be_replaced_and_kills(void)
{
    struct message m;
    struct service_end end;
    CHECK(ask(victim, VICTIM_WHERE, 0, &m) == OK);
    struct injection fault = no_fault(m.words[0] + ADD), other = no_fault(m.words[0]);
    CHECK(inject(debug, &fault) == OK);
    other.changed = RSI;
    other.value_and = 0;
    CHECK(inject(debug, &other) == OK);
    CHECK(sum(5) == 0);
    CHECK(last_end(VICTIM, &end) == OK);
    CHECK(end.reason == REASON_FAULT && end.detail == 14 && end.address == 0 && end.registers.rip == other.address);
    CHECK(end.injection == INJECTION_HAPPENED && end.busy);
    CHECK(sum(5) == 1005);
    CHECK(record_of(VICTIM).injection == INJECTION_NONE);
}

static void without_the_capability_nothing_is_done(void)
{
    uint64_t busy, before = generation_of(victim);
    struct injection fault = no_fault(0x10001000);
    CHECK(kill(init, VICTIM, 0, 0, &busy) == ERROR_PERMISSION);
    CHECK(kill(init, VICTIM, 1, 0, &busy) == ERROR_PERMISSION);
    CHECK(inject(init, &fault) == ERROR_PERMISSION);
    CHECK(generation_of(victim) == before);
    fault.address = 0x12345;
    CHECK(inject(debug, &fault) == ERROR_MALFORMED);
    fault.address = ~0ul;
    CHECK(inject(debug, &fault) == ERROR_MALFORMED);
    CHECK(kill(debug, 77, 0, 0, &busy) == ERROR_NOT_FOUND);
    CHECK(kill(debug, DOOMED, 0, 0, &busy) == ERROR_NO_CHILD);
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
    debug = startup_capability("debug");
    RUN(a_crash_is_reported_and_mended);
    RUN(a_damaged_stack_only_shortens_the_report);
    RUN(kept_memory_outlives_its_server);
    RUN(a_call_that_waits_is_served_by_the_successor);
    RUN(a_hung_server_is_replaced);
    RUN(long_work_with_signs_of_life_is_no_hang);
    RUN(a_lost_answer_is_noticed);
    RUN(an_idle_server_is_no_hang);
    RUN(a_server_waits_for_the_one_it_depends_on);
    RUN(what_ends_twice_takes_along_what_it_depends_on);
    RUN(what_dies_again_and_again_is_given_up);
    RUN(a_kill_at_once_finds_it_idle);
    RUN(a_kill_at_a_time_finds_it_at_work);
    RUN(a_kill_at_a_system_call_comes_before_it);
    RUN(kills_on_request_do_not_count);
    RUN(each_kind_of_fault_happens_once);
    RUN(a_fault_can_be_replaced_and_kills);
    RUN(without_the_capability_nothing_is_done);
    RUN(the_supervisor_refuses_nonsense);
    say("%u passed, %u failed\n", passed, failed);
    struct message m = message(INIT_POWER_OFF);
    ipc_request(init, &m, DEADLINE_FOREVER);
    return 1;
}
