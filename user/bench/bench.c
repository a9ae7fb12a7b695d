/*
 * bench [NAME]: what the basic operations cost, in guest instructions.
 *
 * Meant for QEMU's -icount shift=0, where the time stamp counter counts exactly one per instruction; the calibration
 * line shows whether it does. Every figure is the median of BATCHES batches; what a program executes to make the call
 * is part of it. The operations between processes need a partner: this program once more, as `bench --serve`, with the
 * endpoint it receives from as its input. tools/bench reads the lines:
 *
 *   BENCH name value unit note ...
 *   CALIBRATION expected measured
 */
#include "servers/proto/fs.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/ipc.h"
#include "user/lib/option.h"
#include "user/lib/process.h"
#include "user/lib/startup.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCHES     31
#define MEBIBYTE    (1ul << 20)
#define BLOCK       4096
#define FILE_NAME   "/bench.data" /* tools/bench puts it on the disk */
#define CALIBRATION 100000u       /* rounds of two instructions */

/* Labels of the partner's messages. */
enum { ECHO = 1, COPY = 2, STOP = 3 };

static const char *wanted; /* the one figure asked for, 0: all */
static handle_t partner;   /* endpoint that the partner receives from */
static char buffer[MEBIBYTE];
static int file;

static inline uint64_t instructions(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static int is_wanted(const char *name)
{
    return wanted == NULL || strcmp(wanted, name) == 0;
}

static void report(const char *name, uint64_t costs[BATCHES], const char *note)
{
    qsort(costs, BATCHES, sizeof(costs[0]), compare);
    printf("BENCH %s %lu instructions %s; least %lu\n", name, costs[BATCHES / 2], note, costs[0]);
}

/* Runs `operation` count times a batch, and once before to warm up. Always inlined, so that the call costs nothing. */
static inline __attribute__((always_inline)) void measure(const char *name, unsigned count, void (*operation)(void),
                                                          const char *note)
{
    uint64_t costs[BATCHES];
    if (!is_wanted(name))
        return;
    operation();
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        uint64_t start = instructions();
        for (unsigned i = 0; i < count; i++)
            operation();
        costs[batch] = (instructions() - start) / count;
    }
    report(name, costs, note);
}

static void calibrate(void)
{
    unsigned rounds = CALIBRATION;
    uint64_t start = instructions();
    __asm__ volatile("1: dec %0\n jnz 1b" : "+r"(rounds)::"cc");
    printf("CALIBRATION %u %lu\n", 2 * CALIBRATION, instructions() - start);
}

/* A call that takes `words` words there and back, with nothing around the system call. */
static inline void call_raw(uint64_t words)
{
    register uint64_t r10 __asm__("r10") = 1;
    register uint64_t r8 __asm__("r8") = 2;
    register uint64_t r9 __asm__("r9") = 3;
    uint64_t rax = SYS_CALL | SHAPE_WORDS(words) | SHAPE_LABEL(ECHO), rdi = partner, rsi = DEADLINE_FOREVER, rdx = 0;
    __asm__ volatile("syscall"
                     : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
                     :
                     : "rbx", "rcx", "r11", "r12", "r13", "r14", "r15", "memory");
}

static void null_call(void)
{
    sys_null();
}

static void call_4_words(void)
{
    call_raw(4);
}

static void call_64_words(void)
{
    call_raw(MESSAGE_WORDS);
}

static void open_read_close(void)
{
    int descriptor = open(FILE_NAME, FS_READ, 0);
    read(descriptor, buffer, BLOCK);
    close(descriptor);
}

static void read_block(void)
{
    seek(file, 0);
    read(file, buffer, BLOCK);
}

/* The partner counts the copy alone and answers with the count. */
static void measure_lease(void)
{
    uint64_t costs[BATCHES];
    if (!is_wanted("lease_copy_1m"))
        return;
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        struct message m = message(COPY);
        message_lend(&m, buffer, MEBIBYTE, LEASE_READ);
        ipc_call(partner, &m, DEADLINE_FOREVER);
        costs[batch] = m.words[0];
    }
    report("lease_copy_1m", costs, "one lease_read of 1 MiB, counted in the server");
}

static uint64_t copy_lease(uint64_t token)
{
    uint64_t done, start = instructions();
    sys_lease_read(token, 0, 0, buffer, MEBIBYTE, &done);
    return instructions() - start;
}

/*
 * The partner's loop: reply_recv straight from the system call, so that only the kernel is measured. Words that came
 * go back as they are: rax and the word registers are simply handed to the next reply.
 */
static int serve(handle_t endpoint)
{
    register uint64_t r10 __asm__("r10") = 0;
    uint64_t shape = 0, token = 0;
    for (;;) {
        uint64_t rax = SYS_REPLY_RECV | shape, rdi = endpoint, rsi = DEADLINE_FOREVER;
        __asm__ volatile("syscall"
                         : "+a"(rax), "+D"(rdi), "+S"(rsi), "+d"(token), "+r"(r10)
                         :
                         : "rbx", "rcx", "r8", "r9", "r11", "r12", "r13", "r14", "r15", "memory");
        shape = SHAPE_WORDS(SHAPE_GET_WORDS(rax));
        if (SHAPE_GET_LABEL(rax) == COPY) {
            r10 = copy_lease(token);
            shape = SHAPE_WORDS(1);
        } else if (SHAPE_GET_STATUS(rax) != OK || SHAPE_GET_LABEL(rax) == STOP) {
            return 0;
        }
    }
}

/* Starts the partner. Returns OK or a negative status. */
static int start_partner(struct child *child)
{
    char *arguments[] = {"bench", "--serve", NULL};
    struct spawn request = {.path = "/system/bin/bench", .arguments = arguments, .output = 1, .error = 2};
    int status = -sys_endpoint_create(SELF, &partner);
    if (status != OK)
        return status;
    request.input = descriptor_adopt(partner, 0);
    return request.input < 0 ? request.input : spawn(&request, child);
}

static void stop_partner(const struct child *child)
{
    struct outcome outcome;
    struct message m = message(STOP);
    ipc_send(partner, &m, DEADLINE_FOREVER);
    process_wait(child->handle, &outcome);
}

static void measure_all(void)
{
    calibrate();
    measure("syscall_null", 1000, null_call, "the system call that does nothing");
    measure("ipc_roundtrip_4w", 200, call_4_words, "call and reply_recv between two processes, 4 words each way");
    measure("ipc_roundtrip_64w", 200, call_64_words, "call and reply_recv between two processes, 64 words each way");
    measure_lease();
    measure("file_open_read_close", 20, open_read_close, "open, read 4 KiB, close, in the cache; library included");
    measure("file_read_4k", 50, read_block, "read 4 KiB of an open file, in the cache; library included");
}

int main(int argument_count, char *arguments[])
{
    struct child child;
    if (argument_count == 2 && strcmp(arguments[1], "--serve") == 0)
        return serve(startup_capability("input"));
    struct options options =
        options_start(arguments, "",
                      "usage: bench [FIGURE]\nMeasures what basic operations cost; needs the file " FILE_NAME
                      ". `make bench` on the host runs it.\n");
    option_next(&options);
    wanted = *options.operands;
    file = open(FILE_NAME, FS_READ, 0);
    if (file < 0)
        return complain(FILE_NAME, file);
    int status = start_partner(&child);
    if (status < 0)
        return complain("partner", status);
    measure_all();
    stop_partner(&child);
    return 0;
}
