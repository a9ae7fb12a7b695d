/*
 * The workloads.
 */
#include "servers/proto/console.h"
#include "servers/proto/pci.h"
#include "tests/guest/killing/killing.h"
#include "user/lib/file.h"
#include "user/lib/process.h"
#include "user/lib/request.h"
#include "user/lib/sha256.h"
#include "user/lib/startup.h"
#include "user/lib/supervisor.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool work_nothing(unsigned round)
{
    (void)round;
    return true;
}

/* ---- console: lines on both channels, of lengths that cross pieces and buffers ---- */

static bool print(int descriptor, char channel, unsigned round, unsigned length)
{
    char line[1200];
    int head = snprintf(line, sizeof(line), "%c%u.%u ", channel, round, length);
    memset(line + head, 'a' + (int)(round % 26), length);
    line[(unsigned)head + length] = '\n';
    if (write(descriptor, line, (unsigned)head + length + 1) < 0)
        return false;
    tell("line %c %u %u\n", channel, round, length);
    return true;
}

static bool set_mode(enum console_mode mode)
{
    struct message m = message(CONSOLE_MODE);
    m.words[0] = mode;
    m.word_count = 1;
    return request_repeat(descriptor_handle(2), &m) == OK;
}

bool work_console(unsigned round)
{
    bool good = print(2, 't', round, 10) && print(1, 'j', round, 20) && set_mode(CONSOLE_RAW);
    good = good && print(2, 't', round, 1100) && set_mode(CONSOLE_COOKED) && print(1, 'j', round, 1100);
    struct message m = message(CONSOLE_DRAIN);
    return good && request_repeat(descriptor_handle(2), &m) == OK;
}

/* ---- together: two threads write to the terminal, so that one comes between the other and its repetition ---- */

static handle_t to_begin, has_done; /* of the second one's round */

static bool write_lines(char writer, unsigned round)
{
    return print(2, writer, round, 10) && print(2, writer, round, 1100) && print(2, writer, round, 20);
}

static void write_at_each_signal(void *round)
{
    uint64_t bits;
    while (sys_wait(to_begin, DEADLINE_FOREVER, &bits) == OK && write_lines('u', *(unsigned *)round))
        sys_signal(has_done, 1);
}

static bool start_second_writer(unsigned *round)
{
    return sys_notification_create(SELF, &to_begin) == OK && sys_notification_create(SELF, &has_done) == OK &&
           thread_start(write_at_each_signal, round, thread_priority()) == OK;
}

bool work_together(unsigned number)
{
    static unsigned round;
    uint64_t bits;
    if (!has_done && !start_second_writer(&round))
        return false;
    round = number;
    return sys_signal(to_begin, 1) == OK && write_lines('t', round) &&
           sys_wait(has_done, clock_nanoseconds() + 10 * SECOND, &bits) == OK;
}

/* ---- typing: a line that somebody types comes back ---- */

bool work_typing(unsigned round)
{
    char line[200];
    long length = read(0, line, sizeof(line));
    if (length <= 1)
        return false;
    printf("got %u %.*s", round, (int)length, line);
    return fflush(stdout) == 0;
}

/* The same, but the console ends on the way of the first byte: it was taken from the device, it is to be noted. */
bool work_typing_cut_off(unsigned round)
{
    static const char *const places[] = {"line_input", "kept_commit", "kept_store"};
    return service_damage_at("console", places[round % 3], "exit", 0) == 0 && work_typing(round);
}

/* ---- archive ---- */

static void tell_digest(const char *what, unsigned round, struct sha256 *hash)
{
    uint8_t digest[SHA256_SIZE];
    char text[2 * SHA256_SIZE + 1];
    sha256_finish(hash, digest);
    for (unsigned i = 0; i < SHA256_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    tell("digest %s %u %s\n", what, round, text);
}

/* Reads the whole file from the start; its length. */
static size_t read_whole(int file, char *buffer, size_t size)
{
    size_t done = 0;
    long length;
    seek(file, 0);
    while (done < size && (length = read(file, buffer + done, size - done < 700 ? size - done : 700)) > 0)
        done += (size_t)length;
    return done;
}

bool work_archive(unsigned round)
{
    static char first[16384], again[sizeof(first)];
    struct file_status status;
    struct sha256 hash;
    int file = open("/system/manifest", FS_READ, 0);
    if (file < 0)
        return false;
    size_t length = read_whole(file, first, sizeof(first));
    bool good = true;
    for (unsigned i = 0; i < 8; i++) {
        good = good && read_whole(file, again, sizeof(again)) == length && memcmp(first, again, length) == 0;
        good = good && stat("/system/bin/ls", &status) == OK && status.kind == KIND_FILE;
    }
    close(file);
    sha256_start(&hash);
    sha256_add(&hash, first, length);
    tell_digest("manifest", round, &hash);
    return good;
}

/* ---- pci ---- */

#define LISTINGS 4

/* The devices; their number, 0 if there is no answer. */
static uint64_t list_devices(struct pci_record records[32])
{
    struct message m = message(PCI_LIST);
    m.words[0] = 32 * sizeof(records[0]);
    m.word_count = 1;
    message_lend(&m, records, 32 * sizeof(records[0]), LEASE_WRITE);
    return request_repeat(startup_capability("pci"), &m) == OK && m.words[0] <= 32 ? m.words[0] : 0;
}

bool work_pci(unsigned round)
{
    static struct pci_record first[32], again[32];
    uint64_t count = list_devices(first);
    bool good = count > 0;
    for (unsigned i = 1; i < LISTINGS && good; i++)
        good = list_devices(again) == count && memcmp(first, again, count * sizeof(first[0])) == 0;
    for (uint64_t i = 0; i < count; i++)
        tell("device %u %02x.%x %04x:%04x\n", round, first[i].slot, first[i].function, first[i].vendor,
             first[i].device);
    return good;
}

/* ---- process: each child runs once, and its parent learns its status ---- */

int work_as_child(const char *argument)
{
    if (!tell_open())
        return 99;
    tell("ran %s\n", argument);
    return atoi(argument) % 50;
}

bool work_process(unsigned round)
{
    char argument[16];
    char *const arguments[] = {"killing", "--child", argument, 0};
    struct spawn request = {"/system/bin/killing", arguments, .input = -1, .output = -1, .error = -1, .debug = true};
    struct child child;
    struct outcome outcome;
    snprintf(argument, sizeof(argument), "%u", round);
    if (spawn(&request, &child) != OK)
        return false;
    tell("spawned %u\n", round);
    if (process_wait(child.handle, &outcome) != OK)
        return false;
    process_forget(child.handle);
    tell("ended %u %u %u\n", round, outcome.end, outcome.value);
    return true;
}
