/*
 * recovery KILLS: how long a client waits when a server is killed while it works for it.
 *
 * For each server: a client asks again and again; a kill is planned for a random time; the first answer after that time
 * ends the wait. What is measured is from the kill to that answer: the end of the old incarnation, the start of the new
 * one, what it finds out before it serves, and the request, done again. Only busy kills count: the server owed somebody
 * an answer. Meant for -icount shift=0 (instructions) and for plain TCG (wall time). tools/bench reads the lines:
 *
 *   CALIBRATION expected measured
 *   POINT recovery server waited worked     one busy kill, nanoseconds. worked: what was executed on all CPUs since
 *                                           the request began, so it leaves out the waits for the emulator's disk
 */
#include "servers/proto/error.h"
#include "servers/proto/pci.h"
#include "user/bench/measure.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include "user/lib/process.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include "user/lib/supervisor.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <stdlib.h>

#define FILE_NAME  "/recovery.data"
#define BLOCK      4096
#define FILE_SIZE  (64 * BLOCK)
#define LEAD       (200 * MICROSECOND) /* from the plan to the earliest kill */
#define SPREAD     (3 * MILLISECOND)   /* from the earliest to the latest */
#define MOST_KILLS 1000                /* busy ones, for each server */
#define PATIENCE   20                  /* kills for each that must be busy */

static uint64_t random = 1;
static char block[BLOCK];
static int file;

/* ---- what clients ask: one request, or a few of which the server is busy with most of the time ---- */

static long ask_files(void)
{
    struct file_status status;
    uint64_t place = random / SPREAD % FILE_SIZE;
    switch (random >> 60) {
    case 0:
        return fsync(file);
    case 1:
        return stat(FILE_NAME, &status);
    case 2:
    case 3:
        return set_time(FILE_NAME, random >> 32);
    default:
        seek(file, place);
        return random >> 63 ? read(file, block, BLOCK) : write(file, block, BLOCK / 2);
    }
}

/* A change, and the wait until the disk has it. */
static long ask_disk(void)
{
    seek(file, random % FILE_SIZE);
    long status = write(file, block, BLOCK / 2);
    return status < 0 ? status : fsync(file);
}

static long ask_console(void)
{
    return write(2, "recovery: the console is at work, and is killed\n", 48);
}

static long ask_archive(void)
{
    struct file_status status;
    return stat("/system/bin/true", &status);
}

static long ask_pci(void)
{
    struct pci_record records[32];
    struct message m = message(PCI_LIST);
    m.words[0] = sizeof(records);
    m.word_count = 1;
    message_lend(&m, records, sizeof(records), LEASE_WRITE);
    return -request_repeat(startup_capability("pci"), &m);
}

static long ask_process(void)
{
    static char *arguments[] = {"true", NULL};
    struct spawn request = {.path = "/system/bin/true", .arguments = arguments, .input = -1, .output = -1, .error = -1};
    struct outcome outcome;
    struct child child;
    int status = spawn(&request, &child);
    if (status != OK)
        return status;
    status = process_wait(child.handle, &outcome);
    process_forget(child.handle);
    return status;
}

static const struct {
    const char *server;
    long (*ask)(void);
} clients[] = {
    {"fs", ask_files},        {"block", ask_disk}, {"console", ask_console},
    {"archive", ask_archive}, {"pci", ask_pci},    {"process", ask_process},
};

/* ---- one kill ---- */

struct wait {
    uint64_t waited, worked;
};

static uint64_t next_random(void)
{
    random = random * 6364136223846793005 + 1442695040888963407;
    return random;
}

/* Plans a kill; its time, or 0 if the server does not run at the moment. */
static uint64_t plan(int index)
{
    uint64_t time = clock_nanoseconds() + LEAD + (next_random() >> 20) % SPREAD;
    return service_kill(index, 0, time) < 0 ? 0 : time;
}

/* Nanoseconds for which the CPUs had something to do, since boot. */
static uint64_t time_at_work(void)
{
    uint64_t idle = sys_system_info(SYSTEM_IDLE_TIME);
    return clock_nanoseconds() * sys_system_info(SYSTEM_CPUS) - idle;
}

/* Asks until the first answer after `time`. OK, or the status of a request that failed. */
static long ask_until_after(uint64_t time, long (*ask)(void), struct wait *wait)
{
    uint64_t now = clock_nanoseconds(), worked = 0;
    while (now < time) {
        next_random();
        worked = time_at_work();
        long status = ask();
        if (status < 0)
            return status;
        now = clock_nanoseconds();
    }
    *wait = (struct wait){now - time, time_at_work() - worked};
    return OK;
}

/* Whether the kill that was planned has found the server at work. On a busy host it may come later than planned. */
static bool was_busy(const char *server, const struct service_record *before)
{
    struct service_record after;
    service_find(server, &after);
    bool in_time = after.kills > before->kills;
    while (after.kills == before->kills) {
        sleep_nanoseconds(MILLISECOND);
        service_find(server, &after);
    }
    return in_time && after.busy_kills > before->busy_kills;
}

/* 1 if a busy kill was measured, 0 if none was, or a negative status. */
static long measure_kill(const char *server, long (*ask)(void), struct wait *wait)
{
    struct service_record before;
    int index = service_find(server, &before);
    if (index < 0)
        return index;
    uint64_t time = plan(index);
    if (time == 0) {
        sleep_nanoseconds(MILLISECOND);
        return 0;
    }
    long status = ask_until_after(time, ask, wait);
    return status < 0 ? status : was_busy(server, &before);
}

/* ---- all ---- */

/* Measures so many busy kills of one server. Printed when all are done: the console may be the one that is killed. */
static int measure_server(const char *server, long (*ask)(void), uint64_t kills)
{
    static struct wait waits[MOST_KILLS];
    uint64_t count = 0;
    for (uint64_t i = 0; i < kills * PATIENCE && count < kills; i++) {
        long measured = measure_kill(server, ask, &waits[count]);
        if (measured < 0)
            return complain(server, (int)measured);
        count += (uint64_t)measured;
    }
    for (uint64_t i = 0; i < count; i++)
        printf("POINT recovery %s %lu %lu\n", server, waits[i].waited, waits[i].worked);
    return EXIT_SUCCESS;
}

static int make_file(void)
{
    long status = file = open(FILE_NAME, FS_READ | FS_WRITE | FS_CREATE | FS_TRUNCATE, 0644);
    for (unsigned i = 0; i < FILE_SIZE / BLOCK && status >= 0; i++)
        status = write(file, block, BLOCK);
    return status < 0 ? complain(FILE_NAME, (int)status) : EXIT_SUCCESS;
}

int main(int argument_count, char *arguments[])
{
    struct options options = options_start(
        arguments, "", "usage: recovery KILLS\nMeasures how long clients wait when servers are killed.\n");
    uint64_t kills;
    (void)argument_count;
    option_next(&options);
    if (!options.operands[0] || !number_parse(options.operands[0], &kills) || kills == 0 || kills > MOST_KILLS)
        option_misuse(&options);
    printf("CALIBRATION %u %lu\n", 2 * CALIBRATION, calibrate());
    int status = make_file();
    for (unsigned i = 0; i < sizeof(clients) / sizeof(clients[0]) && status == EXIT_SUCCESS; i++)
        status = measure_server(clients[i].server, clients[i].ask, kills);
    unlink(FILE_NAME);
    return status;
}
