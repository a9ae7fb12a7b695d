/*
 * Kills by period: processes work without a pause, each one workload again and again, while servers are killed in turn,
 * whatever they are at. The processes end when their server was killed often enough, so the last kills find them at
 * work, too.
 */
#include "servers/proto/error.h"
#include "tests/guest/killing/killing.h"
#include "user/lib/file.h"
#include "user/lib/process.h"
#include "user/lib/supervisor.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS        2      /* of a workload, at most */
#define ROUNDS_OF_EACH 100000 /* numbers that it may use */

/* of each server at first: after that nothing in the kernel grows any more */
#define REHEARSAL_KILLS  3
#define REHEARSAL_PERIOD (20 * MILLISECOND)

static const struct victim {
    const char *server, *workload;
    unsigned clients; /* the console's channels have an order only as long as one process writes to them */
} victims[] = {
    {"console", "console", 1}, {"archive", "archive", 2}, {"pci", "pci", 2},
    {"process", "process", 2}, {"fs", "files", 2},        {"block", "files", 2},
};

#define VICTIMS (sizeof(victims) / sizeof(victims[0]))

static const struct victim *wanted[VICTIMS];
static unsigned wanted_count;
static struct child clients[VICTIMS * CLIENTS];
static unsigned client_count;

static void choose(const char *server)
{
    for (unsigned i = 0; i < VICTIMS; i++)
        if (strcmp(server, "all") == 0 || strcmp(server, victims[i].server) == 0)
            wanted[wanted_count++] = &victims[i];
}

static bool start_client(const struct victim *victim, unsigned first, unsigned kills)
{
    char number[16], limit[16];
    char *const arguments[] = {"killing", (char *)victim->server, (char *)victim->workload, "client", number, limit, 0};
    struct spawn request = {"/system/bin/killing", arguments, .input = 0, .output = 1, .error = 2, .debug = true};
    snprintf(number, sizeof(number), "%u", first);
    snprintf(limit, sizeof(limit), "%u", kills);
    return spawn(&request, &clients[client_count++]) == OK;
}

/* Both servers behind files have the same clients: those of the one that is killed last. */
static bool shares_clients(unsigned i)
{
    return i + 1 < wanted_count && strcmp(wanted[i]->workload, wanted[i + 1]->workload) == 0;
}

static bool start_clients(unsigned first, unsigned kills)
{
    bool good = true;
    client_count = 0;
    for (unsigned i = 0; i < wanted_count; i++)
        for (unsigned c = 0; c < wanted[i]->clients && !shares_clients(i); c++)
            good = good && start_client(wanted[i], first + client_count * ROUNDS_OF_EACH, kills);
    return good;
}

/* All have ended, and each says that it was served well. */
static bool await_clients(void)
{
    bool good = true;
    for (unsigned i = 0; i < client_count; i++) {
        struct outcome outcome = {0};
        int status = process_wait(clients[i].handle, &outcome);
        bool served = status == OK && outcome_status(&outcome) == EXIT_SUCCESS;
        if (!served)
            tell("client %u: %d, %d\n", i, status, outcome_status(&outcome));
        good = good && served;
        process_forget(clients[i].handle);
    }
    return good;
}

static void kill_and_tell(const char *server)
{
    int busy = kill_running(server);
    tell("kill %s %s\n", server, busy > 0 ? "busy" : "idle");
}

static unsigned kills_so_far(const char *server)
{
    struct service_record record = {0};
    service_find(server, &record);
    return record.kills;
}

/* Kills each of the wanted servers so many times, one after the other, all within each period. */
static bool kill_under_work(unsigned first, uint64_t period, unsigned kills)
{
    if (wanted_count == 0 || !start_clients(first, kills_so_far(wanted[0]->server) + kills))
        return false;
    for (unsigned i = 0; i < kills * wanted_count; i++) {
        sleep_nanoseconds(period / wanted_count);
        kill_and_tell(wanted[i % wanted_count]->server);
    }
    return await_clients();
}

/*
 * Before a census each server begins again and does the same: tables grow with the clients that it has at once, and
 * shrink only when it ends.
 */
static bool work_undisturbed(void)
{
    bool good = true;
    for (unsigned i = 0; i < wanted_count; i++)
        kill_running(wanted[i]->server);
    for (unsigned i = 0; i < wanted_count && good; i++) {
        good = workload_find(wanted[i]->workload)->run(0);
        if (!good)
            tell("undisturbed, %s fails\n", wanted[i]->workload);
    }
    return good;
}

bool kill_by_period(const char *server, uint64_t milliseconds, uint64_t kills)
{
    choose(server);
    sync(); /* the file server has taken all that it needs when it answers */
    if (!kill_under_work(1, REHEARSAL_PERIOD, REHEARSAL_KILLS) || !work_undisturbed())
        return false;
    note_census();
    return kill_under_work(1 + ROUNDS_OF_EACH / 2, milliseconds * MILLISECOND, (unsigned)kills) && work_undisturbed();
}

/* How long after its server's last end this process had an answer, of each end once. */
static void tell_wait(const char *server, int index, unsigned *generation)
{
    struct service_end end;
    struct tell_time answered;
    if (service_last_end(index, &end) != OK || end.generation == *generation)
        return;
    *generation = end.generation;
    answered = tell_time_after(end.time);
    if (end.busy && answered.time != 0)
        tell("wait %s %u %lu\n", server, end.generation, answered.time - end.time);
}

bool work_until_killed(const char *server, const struct workload *work, uint64_t first, uint64_t kills)
{
    struct service_record record;
    unsigned generation = 0;
    int index = service_find(server, &record);
    for (unsigned round = (unsigned)first; kills_so_far(server) < kills; round++) {
        if (!work->run(round))
            return false;
        tell("done %s %u\n", server, round);
        tell_wait(server, index, &generation);
    }
    return true;
}
