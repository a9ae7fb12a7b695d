/*
 * killing SERVER WORKLOAD calls FIRST ROUNDS     killed instead of its n-th system call, n = FIRST, FIRST + 1, ...
 * killing SERVER WORKLOAD times SEED ROUNDS      killed after a number of nanoseconds: with -icount shift=0,
 *                                                instructions
 * killing SERVER files both FIRST ROUNDS         fs or block by calls, and the other one soon after
 * killing SERVER WORKLOAD never 0 ROUNDS         not killed
 * killing SERVER WORKLOAD faults 0 0             not killed, but damaged (faults.c)
 * killing SERVER WORKLOAD period MS KILLS        killed every MS milliseconds, or all in turn (period.c)
 * killing SERVER WORKLOAD client FIRST KILLS     one of the latter's processes
 *
 * In each round the workload runs once. By calls, n begins again at 1 when the workload is done before the n-th. In the
 * end everything in the kernel must be as many as after the first rounds.
 */
#include "servers/proto/error.h"
#include "tests/guest/killing/killing.h"
#include "user/lib/supervisor.h"
#include "user/lib/syscall.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct workload workloads[] = {
    {"console", work_console, NULL}, {"together", work_together, NULL}, {"archive", work_archive, NULL},
    {"pci", work_pci, NULL},         {"process", work_process, NULL},   {"files", work_files, check_files},
    {"nothing", work_nothing, NULL}, {"typing", work_typing, NULL},     {"typing-cut-off", work_typing_cut_off, NULL},
};

static const char *server;
static const struct workload *work;

const struct workload *workload_find(const char *name)
{
    for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    return 0;
}

static struct service_record record(const char *name)
{
    struct service_record found = {0};
    service_find(name, &found);
    return found;
}

/* ---- rounds ---- */

#define AROUND      MILLISECOND /* how far apart the two ends of by_both() may be */
#define WARM_UP     20          /* rounds after which nothing grows any more */
#define UNDISTURBED 1000000     /* number of a round without a kill */

int kill_running(const char *name)
{
    struct service_record found;
    int index = service_find(name, &found), busy;
    while ((busy = service_kill(index, 0, 0)) == -ERROR_NO_CHILD)
        sleep_nanoseconds(MILLISECOND / 10);
    return busy;
}

/* How long after the kill the first client had an answer: in nanoseconds, and in those that the CPU was not idle. */
static void tell_gap(int index)
{
    struct service_end end = {0};
    struct tell_time answered = {0};
    if (service_last_end(index, &end) == OK)
        answered = tell_time_after(end.time);
    if (answered.time != 0)
        tell("gap %lu %lu\n", answered.time - end.time, answered.time - end.time - (answered.idle - end.idle));
}

/* What became of a round. */
struct fate {
    bool killed;       /* the kill that was planned came */
    uint64_t duration; /* nanoseconds */
};

/* A server that was killed just now takes its clients' capabilities over when they ask it next: before a census. */
static bool take_over(unsigned round)
{
    return work->check == NULL || work->run(round);
}

/* One round. False if it ended badly. */
static bool run_round(unsigned round, uint64_t calls, uint64_t time, struct fate *fate)
{
    struct service_record before = record(server);
    int index = service_find(server, &before);
    tell("round %u %s %lu\n", round, calls ? "call" : "time", calls ? calls : time);
    uint64_t start = clock_nanoseconds();
    if (service_kill(index, calls, calls ? 0 : start + time) < 0)
        return false;
    bool good = work->run(round);
    fate->duration = clock_nanoseconds() - start;
    struct service_record after = record(server);
    fate->killed = after.kills > before.kills;
    bool busy = after.busy_kills > before.busy_kills;
    if (busy)
        tell_gap(index);
    if (!fate->killed)
        kill_running(server); /* and so what was planned for it does not happen */
    if (round == WARM_UP && take_over(UNDISTURBED))
        note_census();
    tell("%s\n", !good ? "failed" : !fate->killed ? "spared" : busy ? "busy" : "idle");
    return good;
}

static uint64_t next_random(uint64_t random)
{
    return random * 6364136223846793005 + 1442695040888963407;
}

static bool by_calls(uint64_t first, uint64_t rounds)
{
    struct fate fate;
    for (uint64_t n = first, round = 1; round <= rounds; round++) {
        if (!run_round((unsigned)round, n, 0, &fate))
            return false;
        n = fate.killed ? n + 1 : 1;
    }
    return take_over(UNDISTURBED + 1);
}

/* The times lie within what a round takes: as a round tells that was done before its kill, the first one of all. */
static bool by_times(uint64_t seed, uint64_t rounds)
{
    uint64_t duration = SECOND;
    struct fate fate;
    for (uint64_t round = 1; round <= rounds; round++) {
        seed = next_random(seed);
        if (!run_round((unsigned)round, 0, 1 + (seed >> 20) % duration, &fate))
            return false;
        duration = fate.killed ? duration : fate.duration;
    }
    return take_over(UNDISTURBED + 1);
}

/* How the other one ended, if its time came; else it does not any more. */
static void end_other(const char *other, uint64_t start, const struct service_end *first)
{
    struct service_record found;
    struct service_end end = {0};
    service_last_end(service_find(other, &found), &end);
    if (end.time < start)
        kill_running(other);
    else
        tell("other %s %ld\n", end.busy ? "busy" : "idle", (long)(end.time - first->time));
}

/*
 * The other one of the two servers between a client and its disk is killed, too, at a time around that of the first
 * one's end in the round before: while that one is on its way, or barely back.
 */
static bool by_both(uint64_t first, uint64_t rounds)
{
    const char *other = strcmp(server, "fs") == 0 ? "block" : "fs";
    uint64_t random = first, earliest = 0;
    struct service_record found;
    struct service_end end = {0};
    struct fate fate;
    for (uint64_t n = first, round = 1; round <= rounds; round++) {
        uint64_t start = clock_nanoseconds();
        random = next_random(random);
        if (service_kill(service_find(other, &found), 0, start + earliest + (random >> 20) % AROUND) < 0 ||
            !run_round((unsigned)round, n, 0, &fate))
            return false;
        service_last_end(service_find(server, &found), &end);
        end_other(other, start, &end);
        earliest = fate.killed && end.time - start > AROUND / 2 ? end.time - start - AROUND / 2 : 0;
        n = fate.killed ? n + 1 : 1;
    }
    return take_over(UNDISTURBED + 1);
}

static bool without_kills(uint64_t first, uint64_t rounds)
{
    bool good = true;
    (void)first;
    for (unsigned round = 1; round <= rounds && good; round++) {
        tell("round %u\n", round);
        good = work->run(round);
    }
    return good;
}

static bool with_faults(uint64_t first, uint64_t rounds)
{
    (void)first, (void)rounds;
    return work_with_faults(server, work);
}

static bool by_period(uint64_t milliseconds, uint64_t kills)
{
    return kill_by_period(server, milliseconds, kills);
}

static bool as_client(uint64_t first, uint64_t kills)
{
    return work_until_killed(server, work, first, kills);
}

static const struct {
    const char *name;
    bool (*run)(uint64_t first, uint64_t rounds);
} ways[] = {
    {"calls", by_calls},     {"times", by_times},   {"both", by_both},     {"never", without_kills},
    {"faults", with_faults}, {"period", by_period}, {"client", as_client},
};

int main(int count, char *arguments[])
{
    bool (*run)(uint64_t first, uint64_t rounds) = 0;
    if (count == 3 && strcmp(arguments[1], "--child") == 0)
        return work_as_child(arguments[2]);
    if (count == 6)
        work = workload_find(arguments[2]);
    for (size_t i = 0; count == 6 && i < sizeof(ways) / sizeof(ways[0]); i++)
        if (strcmp(ways[i].name, arguments[3]) == 0)
            run = ways[i].run;
    if (!work || !run || !tell_open())
        return 2;
    server = arguments[1];
    bool good = run(strtoul(arguments[4], 0, 10), strtoul(arguments[5], 0, 10));
    good = good && is_conserved();
    tell("end %s\n", good ? "good" : "bad");
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
