/*
 * bench: what operations of the whole system cost, in guest instructions: files, and starting a program.
 *
 * Meant for QEMU's -icount shift=0 (measure.h); the calibration line shows whether the counter counts instructions.
 * Every figure is the median of BATCHES batches and includes all that the library and the servers execute. What the
 * kernel alone costs is measured without servers, in user/bench/kernel. tools/bench reads the lines:
 *
 *   CALIBRATION expected measured
 *   BENCH figure value unit note ...
 *   LONGEST instructions            with interrupts off, so far; 0 without the boot option measure=on
 */
#include "servers/proto/fs.h"
#include "user/bench/measure.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include "user/lib/process.h"
#include <stdio.h>

#define BLOCK     4096
#define FILE_NAME "/bench.data" /* tools/bench puts it on the disk */
#define PROGRAM   "/system/bin/true"

static char buffer[BLOCK];
static int file;
static int failure; /* the first status that was not as expected */

static void demand(long result, long expected)
{
    if (failure == 0 && result != expected)
        failure = result < 0 ? (int)result : -1;
}

static void open_read_close(void)
{
    int descriptor = open(FILE_NAME, FS_READ, 0);
    demand(read(descriptor, buffer, BLOCK), BLOCK);
    close(descriptor);
}

static void read_block(void)
{
    seek(file, 0);
    demand(read(file, buffer, BLOCK), BLOCK);
}

static void start_and_wait(void)
{
    char *arguments[] = {"true", NULL};
    struct spawn request = {.path = PROGRAM, .arguments = arguments, .input = -1, .output = -1, .error = -1};
    struct outcome outcome = {0};
    struct child child;
    int status = spawn(&request, &child);
    demand(status, 0);
    if (status != 0)
        return;
    demand(process_wait(child.handle, &outcome), 0);
    demand(outcome_status(&outcome), 0);
    process_forget(child.handle);
}

static void measure(const char *figure, unsigned count, void (*operation)(void), const char *note)
{
    uint64_t costs[BATCHES];
    for (unsigned batch = 0; batch <= BATCHES; batch++) {
        uint64_t start = instructions();
        for (unsigned i = 0; i < count; i++)
            operation();
        costs[batch ? batch - 1 : 0] = (instructions() - start) / count; /* the first warms up */
    }
    printf("BENCH %s %lu instructions %s\n", figure, median(costs, BATCHES), note);
}

int main(int argument_count, char *arguments[])
{
    struct options options =
        options_start(arguments, "",
                      "usage: bench\nMeasures what files and programs cost; needs the file " FILE_NAME
                      ". `make bench` on the host runs it.\n");
    (void)argument_count;
    option_next(&options);
    file = open(FILE_NAME, FS_READ, 0);
    if (file < 0)
        return complain(FILE_NAME, file);
    printf("CALIBRATION %u %lu\n", 2 * CALIBRATION, calibrate());
    measure("file_read_4k", 50, read_block,
            "read 4 KiB of an open file from the file server's cache, library included");
    measure("file_open_read_close", 20, open_read_close,
            "open, read 4 KiB, close, from the file server's cache, library included");
    measure("spawn_wait", 1, start_and_wait,
            "start " PROGRAM " by the process server and wait for its end, library included");
    printf("LONGEST %lu\n", sys_system_info(SYSTEM_LONGEST_STEP));
    return failure ? complain(FILE_NAME, failure) : 0;
}
