/*
 * killing SERVER WORKLOAD calls FIRST ROUNDS     killed instead of its n-th system call, n = FIRST, FIRST + 1, ...
 * killing SERVER WORKLOAD times SEED ROUNDS      killed after a number of nanoseconds: with -icount shift=0,
 * instructions
 * killing SERVER WORKLOAD never 0 ROUNDS         not killed
 * killing SERVER WORKLOAD faults 0 0             not killed, but damaged (faults.c)
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
    {"console", work_console, NULL},
    {"archive", work_archive, NULL},
    {"pci", work_pci, NULL},
    {"process", work_process, NULL},
    {"files", work_files, check_files},
    {"nothing", work_nothing, NULL},
    {"typing", work_typing, NULL},
    {"typing-cut-off", work_typing_cut_off, NULL},
};

static const char *server;
static const struct workload *work;

static struct service_record record(void)
{
    struct service_record found = {0};
    service_find(server, &found);
    return found;
}

/* ---- conservation ---- */

#define WARM_UP 20 /* rounds after which nothing grows any more */

static struct census {
    uint64_t processes, threads, objects, capabilities, frames;
} warm;

static struct census take_census(void)
{
    return (struct census){
        .processes = sys_system_info(SYSTEM_PROCESSES),
        .threads = sys_system_info(SYSTEM_THREADS),
        .objects = sys_system_info(SYSTEM_OBJECTS),
        .capabilities = sys_system_info(SYSTEM_CAPABILITIES),
        .frames = sys_system_info(SYSTEM_FRAMES_FREE),
    };
}

static void tell_census(const char *when, const struct census *census)
{
    tell("census %s: %lu processes, %lu threads, %lu objects, %lu capabilities, %lu frames\n", when, census->processes,
         census->threads, census->objects, census->capabilities, census->frames);
}

/* What the servers are in the middle of is over soon. */
static bool is_conserved(void)
{
    struct census now;
    for (unsigned i = 0; i < 50; i++) {
        now = take_census();
        if (memcmp(&now, &warm, sizeof(now)) == 0)
            return true;
        sleep_nanoseconds(10 * MILLISECOND);
    }
    tell_census("early", &warm);
    tell_census("late", &now);
    return false;
}

/* ---- rounds ---- */

/* Ends it, so that what was planned for it does not happen. Waits until it runs. */
static void replace_server(void)
{
    struct service_record found;
    int index = service_find(server, &found);
    while (service_kill(index, 0, 0) == -ERROR_NO_CHILD)
        sleep_nanoseconds(MILLISECOND);
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

/* One round; what became of the kill that was planned. False if it ended badly. */
static bool run_round(unsigned round, uint64_t calls, uint64_t time, bool *killed)
{
    struct service_record before = record();
    int index = service_find(server, &before);
    tell("round %u %s %lu\n", round, calls ? "call" : "time", calls ? calls : time);
    if (service_kill(index, calls, calls ? 0 : clock_nanoseconds() + time) < 0)
        return false;
    bool good = work->run(round);
    struct service_record after = record();
    *killed = after.kills > before.kills;
    bool busy = after.busy_kills > before.busy_kills;
    if (busy)
        tell_gap(index);
    if (!*killed)
        replace_server();
    if (round == WARM_UP)
        warm = take_census();
    tell("%s\n", !good ? "failed" : !*killed ? "spared" : busy ? "busy" : "idle");
    return good;
}

static bool by_calls(uint64_t first, uint64_t rounds)
{
    bool killed;
    for (uint64_t n = first, round = 1; round <= rounds; round++) {
        if (!run_round((unsigned)round, n, 0, &killed))
            return false;
        n = killed ? n + 1 : 1;
    }
    return true;
}

/* How long one run of the workload takes, undisturbed. */
static uint64_t measure(void)
{
    work->run(0);
    uint64_t start = clock_nanoseconds();
    work->run(0);
    return clock_nanoseconds() - start;
}

/* A round that was done before its kill tells that all are done by then; a wait for the host had made one longer. */
static bool by_times(uint64_t seed, uint64_t rounds)
{
    uint64_t duration = measure();
    bool killed;
    for (uint64_t round = 1; round <= rounds; round++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        uint64_t time = 1 + (seed >> 20) % duration;
        if (!run_round((unsigned)round, 0, time, &killed))
            return false;
        duration = killed ? duration : time;
    }
    return true;
}

static bool without_kills(uint64_t rounds)
{
    bool good = true;
    for (unsigned round = 1; round <= rounds && good; round++) {
        tell("round %u\n", round);
        good = work->run(round);
    }
    return good;
}

int main(int count, char *arguments[])
{
    if (count == 3 && strcmp(arguments[1], "--child") == 0)
        return work_as_child(arguments[2]);
    for (size_t i = 0; count == 6 && i < sizeof(workloads) / sizeof(workloads[0]); i++)
        if (strcmp(workloads[i].name, arguments[2]) == 0)
            work = &workloads[i];
    if (!work || !tell_open())
        return 2;
    server = arguments[1];
    uint64_t first = strtoul(arguments[4], 0, 10), rounds = strtoul(arguments[5], 0, 10);
    bool kills = strcmp(arguments[3], "never") != 0;
    bool damages = strcmp(arguments[3], "faults") == 0;
    bool good = damages                              ? work_with_faults(server, work)
                : !kills                             ? without_kills(rounds)
                : strcmp(arguments[3], "calls") == 0 ? by_calls(first, rounds)
                                                     : by_times(first, rounds);
    if (kills && rounds > WARM_UP)
        good &= is_conserved();
    tell("end %s\n", good ? "good" : "bad");
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
