/*
 * demo restart: a file is copied while the servers that it goes through are killed, and arrives whole.
 *
 * One thread copies and compares, another kills. Each block goes to the end of the copy, whatever that is: a write that
 * was lost or done twice would move all that follows, and is seen in the comparison. A kill is busy if the server owed
 * somebody an answer: such a kill breaks off work that is under way.
 */
#include "servers/proto/error.h"
#include "user/demo/demo.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/sha256.h"
#include "user/lib/supervisor.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_SOURCE    "/demo-restart.source"
#define COPY          "/demo-restart.copy"
#define SOURCE_SIZE   (4ul << 20) /* bytes, of a source of our own */
#define BLOCK         65536ul
#define TIME_LIMIT    (100 * SECOND) /* no kills after that, and the last copy ends soon */
#define REPORT_EVERY  SECOND
#define RETRY_AFTER   MILLISECOND /* a server that does not run can be killed when it does */
#define KILLER_HIGHER 1           /* priority above the copying thread's */

static struct {
    const char *file, *server;
    unsigned long period, kills; /* milliseconds; how many are wanted */
} wish;

static struct {
    uint64_t start;
    volatile bool stop;            /* the killer shall */
    volatile bool over;            /* it has */
    volatile unsigned kills, busy; /* so far */
    volatile int failure;          /* why the killer stopped; 0 */
} killing;

static struct {
    uint64_t bytes, copies; /* copied so far */
    uint64_t lost, duplicated;
    uint64_t reported_at, reported_bytes;
} copying;

/* What was copied while there were kills to come; with none wanted, everything. */
static struct {
    uint64_t bytes, nanoseconds;
} under_fire;

static char block[BLOCK], other_block[BLOCK];

/* ---- the killer ---- */

/* Kills one server when it runs; 1 if that broke off work, else 0, or a negative status. */
static int kill_when_running(const char *name)
{
    struct service_record record;
    int index = service_find(name, &record), result = index;
    while (index >= 0 && (result = service_kill(index, 0, 0)) == -ERROR_NO_CHILD && !killing.stop)
        sleep_nanoseconds(RETRY_AFTER);
    return result;
}

static bool time_is_up(void)
{
    return clock_nanoseconds() - killing.start > TIME_LIMIT;
}

/* So often that the copy cannot get on, kills end in time nevertheless: the killer looks at the clock itself. */
static void kill_again_and_again(void *unused)
{
    static const char *const both[] = {"fs", "block"};
    (void)unused;
    while (!killing.stop && !killing.failure && killing.kills < wish.kills && !time_is_up()) {
        sleep_nanoseconds(wish.period * MILLISECOND);
        int result = kill_when_running(wish.server ? wish.server : both[killing.kills % 2]);
        if (killing.stop)
            break;
        killing.failure = result < 0 ? result : 0;
        killing.busy += result > 0;
        killing.kills += result >= 0;
    }
    killing.over = true;
}

/* ---- the live line ---- */

static unsigned restarts_of(const char *name)
{
    struct service_record record;
    return service_find(name, &record) >= 0 ? record.restarts : 0;
}

static void report(void)
{
    uint64_t now = clock_nanoseconds();
    if (now - copying.reported_at < REPORT_EVERY)
        return;
    uint64_t rate = (copying.bytes - copying.reported_bytes) * SECOND / (now - copying.reported_at);
    printf("%3lu s  %3lu.%lu MiB/s  %lu copies  %u kills, %u busy  restarts: fs %u, block %u\n",
           (now - killing.start) / SECOND, rate >> 20, (rate & 0xfffff) * 10 >> 20, copying.copies, killing.kills,
           killing.busy, restarts_of("fs"), restarts_of("block"));
    fflush(stdout);
    copying.reported_at = now;
    copying.reported_bytes = copying.bytes;
}

/* ---- copying and comparing ---- */

static int make_source(void)
{
    uint64_t random = 1;
    int file = open(OWN_SOURCE, FS_WRITE | FS_CREATE | FS_TRUNCATE, 0644);
    long status = file;
    for (size_t size = 0; status >= 0 && size < SOURCE_SIZE; size += BLOCK) {
        for (size_t i = 0; i < BLOCK; i += sizeof(random)) {
            random = random * 6364136223846793005 + 1442695040888963407;
            memcpy(block + i, &random, sizeof(random));
        }
        status = write(file, block, BLOCK);
    }
    if (file >= 0)
        close(file);
    return status < 0 ? complain(OWN_SOURCE, (int)status) : EXIT_SUCCESS;
}

/* So many bytes since `*start`, which becomes now. */
static void note_copied(uint64_t bytes, uint64_t *start)
{
    uint64_t now = clock_nanoseconds();
    copying.bytes += bytes;
    if (!killing.over || wish.kills == 0) {
        under_fire.bytes += bytes;
        under_fire.nanoseconds += now - *start;
    }
    *start = now;
}

static int copy_blocks(int source, int copy, uint64_t start)
{
    long length, status = 0;
    while (status >= 0 && (length = read(source, block, BLOCK)) != 0) {
        status = length > 0 ? write(copy, block, (size_t)length) : length;
        note_copied(length > 0 ? (uint64_t)length : 0, &start);
        report();
    }
    if (status >= 0)
        status = fsync(copy);
    note_copied(0, &start);
    return status < 0 ? complain(COPY, (int)status) : EXIT_SUCCESS;
}

/* Opens the source and the copy; says what is wrong and returns false if one cannot be. */
static bool open_both(unsigned copy_flags, int files[2])
{
    files[0] = open(wish.file, FS_READ, 0);
    files[1] = files[0] < 0 ? files[0] : open(COPY, copy_flags, 0644);
    if (files[1] >= 0)
        return true;
    complain(files[0] < 0 ? wish.file : COPY, files[1]);
    if (files[0] >= 0)
        close(files[0]);
    return false;
}

static int copy_once(void)
{
    int files[2];
    uint64_t start = clock_nanoseconds();
    if (!open_both(FS_WRITE | FS_CREATE | FS_TRUNCATE | OPEN_APPEND, files))
        return EXIT_FAILURE;
    int result = copy_blocks(files[0], files[1], start);
    close(files[0]);
    close(files[1]);
    copying.copies += result == EXIT_SUCCESS;
    return result;
}

/* Fills a block, unless the file ends before; the length, or a negative status. */
static long read_block(int file, char *buffer)
{
    long length, done = 0;
    while (done < (long)BLOCK && (length = read(file, buffer + done, BLOCK - (size_t)done)) != 0) {
        if (length < 0)
            return length;
        done += length;
    }
    return done;
}

/* Counts what the copy has too little and too much. Its hash goes to `hash`. */
static int compare_blocks(const int files[2], struct sha256 *hash)
{
    for (;;) {
        long wanted = read_block(files[0], block), found = read_block(files[1], other_block);
        if (wanted < 0 || found < 0)
            return complain(COPY, (int)(wanted < 0 ? wanted : found));
        if (wanted == 0 && found == 0)
            return EXIT_SUCCESS;
        long both = wanted < found ? wanted : found;
        for (long i = 0; i < both; i++)
            copying.lost += block[i] != other_block[i];
        copying.lost += (uint64_t)(wanted - both);
        copying.duplicated += (uint64_t)(found - both);
        sha256_add(hash, other_block, (size_t)found);
        report();
    }
}

static int compare(unsigned char digest[SHA256_SIZE])
{
    struct sha256 hash;
    int files[2];
    if (!open_both(FS_READ, files))
        return EXIT_FAILURE;
    sha256_start(&hash);
    int result = compare_blocks(files, &hash);
    sha256_finish(&hash, digest);
    close(files[0]);
    close(files[1]);
    return result;
}

/* Copies and compares until the killer is done, at least once. */
static int copy_under_fire(unsigned char digest[SHA256_SIZE])
{
    int result;
    do {
        result = copy_once();
        if (result == EXIT_SUCCESS)
            result = compare(digest);
    } while (result == EXIT_SUCCESS && copying.lost + copying.duplicated == 0 && !killing.over);
    killing.stop = true;
    return result;
}

/* ---- the demonstration ---- */

static void print_result(const unsigned char digest[SHA256_SIZE])
{
    uint64_t milliseconds = under_fire.nanoseconds / MILLISECOND + 1;
    printf("copying alone, the comparing left out: %lu KiB in %lu ms under these kills: %lu KiB/s\n",
           under_fire.bytes >> 10, milliseconds, (under_fire.bytes >> 10) * 1000 / milliseconds);
    printf("kills=%u busy=%u lost=%lu duplicated=%lu sha256=", killing.kills, killing.busy, copying.lost,
           copying.duplicated);
    for (unsigned i = 0; i < SHA256_SIZE; i++)
        printf("%02x", digest[i]);
    putchar('\n');
}

static int run(void)
{
    unsigned char digest[SHA256_SIZE] = {0};
    killing.start = copying.reported_at = clock_nanoseconds();
    int status = thread_start(kill_again_and_again, 0, thread_priority() + KILLER_HIGHER);
    if (status != OK)
        return complain("thread", status);
    int result = copy_under_fire(digest);
    if (killing.failure)
        result = complain(wish.server ? wish.server : "kill", killing.failure);
    if (copying.lost + copying.duplicated > 0)
        result = EXIT_FAILURE;
    print_result(digest);
    return result;
}

int demo_restart(char *arguments[])
{
    const struct demo_option options[] = {{"--file", &wish.file, 0},
                                          {"--server", &wish.server, 0},
                                          {"--period", 0, &wish.period},
                                          {"--kills", 0, &wish.kills},
                                          {0}};
    wish.period = 250;
    wish.kills = 40;
    struct service_record record;
    if (!demo_options(arguments, options))
        return 2;
    int found = wish.server ? service_find(wish.server, &record) : 0;
    if (found < 0)
        return complain(wish.server, found);
    bool own = !wish.file;
    if (own)
        wish.file = OWN_SOURCE;
    int result = own ? make_source() : EXIT_SUCCESS;
    if (result == EXIT_SUCCESS)
        result = run();
    unlink(COPY);
    if (own)
        unlink(OWN_SOURCE);
    return result;
}
