#include "tests/guest/harness/story.h"
#include "tests/guest/harness/line.h"
#include "tests/guest/harness/trace.h"
#include "user/lib/startup.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned passed, failed;

_Noreturn void story_fail(const char *file, int line, const char *what)
{
    if (!__atomic_exchange_n(&board->failed, 1, __ATOMIC_RELAXED))
        snprintf(board->failure, sizeof(board->failure), "%s:%d: %s", file, line, what);
    if (!own.self) { /* the first process must not end */
        line_print("FAIL the frame: %s\n", board->failure);
        trace_tell();
        line_power_off();
    }
    sys_process_exit(1);
}

void story_compare(struct place place, uint64_t actual, uint64_t expected)
{
    char text[200];
    if (actual == expected)
        return;
    snprintf(text, sizeof(text), "%s is %#lx, not %#lx", place.what, actual, expected);
    story_fail(place.file, place.line, text);
}

bool again_within(uint64_t most, uint64_t nanoseconds)
{
    if (board->rounds == 0)
        board->first_round = sys_clock();
    if (board->rounds == most || sys_clock() - board->first_round > nanoseconds)
        return false;
    board->rounds++;
    return true;
}

bool again(uint64_t most)
{
    return again_within(most, SECOND);
}

void remark(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(board->remark, sizeof(board->remark), format, arguments);
    va_end(arguments);
}

uint64_t boot_number(const char *word, uint64_t otherwise)
{
    const char *place = strstr(bootinfo()->command_line, word);
    return place ? strtoul(place + strlen(word), NULL, 10) : otherwise;
}

/* ---- short ways ---- */

uint64_t soon(void)
{
    return sys_clock() + (board->exact ? 50 * MILLISECOND : SECOND);
}

handle_t new_endpoint(void)
{
    handle_t endpoint;
    EQUAL(sys_endpoint_create(SELF, &endpoint), OK);
    return endpoint;
}

handle_t new_notification(void)
{
    handle_t notification;
    EQUAL(sys_notification_create(SELF, &notification), OK);
    return notification;
}

handle_t new_memory(uint64_t pages)
{
    handle_t memory;
    EQUAL(sys_memory_create(SELF, pages, MEMORY_SHAREABLE, &memory), OK);
    return memory;
}

handle_t minted(handle_t endpoint, unsigned rights, uint64_t badge)
{
    handle_t handle;
    EQUAL(sys_cap_mint(SELF, endpoint, SELF, rights, badge, 0, &handle), OK);
    return handle;
}

uint64_t figure(handle_t process, enum process_info what)
{
    uint64_t value;
    EQUAL(sys_process_info(process, what, &value), OK);
    return value;
}

struct message received(handle_t endpoint)
{
    struct message m = message(0);
    EQUAL(ipc_recv(endpoint, &m, sys_clock() + 5 * SECOND), OK);
    return m;
}

/* ---- running a story ---- */

struct census {
    uint64_t frames, objects, capabilities, threads, processes, used, held;
};

static struct census take_census(void)
{
    struct census census = {
        .frames = sys_system_info(SYSTEM_FRAMES_FREE),
        .objects = sys_system_info(SYSTEM_OBJECTS),
        .capabilities = sys_system_info(SYSTEM_CAPABILITIES),
        .threads = sys_system_info(SYSTEM_THREADS),
        .processes = sys_system_info(SYSTEM_PROCESSES),
        .used = figure(SELF, PROCESS_USED),
    };
    EQUAL(sys_audit(SELF, &census.held), OK);
    return census;
}

static void begin(void *argument)
{
    void (*story)(void) = argument;
    story();
}

/* Notes a failure that the story's process did not note itself. */
static void note(const char *format, uint64_t first, uint64_t second)
{
    if (!__atomic_exchange_n(&board->failed, 1, __ATOMIC_RELAXED))
        snprintf(board->failure, sizeof(board->failure), format, first, second);
}

/* Waits for the end of the story's process and says what was wrong with it. */
static void watch(handle_t endpoint)
{
    struct message m = message(0);
    if (ipc_recv(endpoint, &m, sys_clock() + STORY_SECONDS * SECOND) != OK)
        note("did not end within %lu seconds", STORY_SECONDS, 0);
    else if (m.label == LABEL_FAULT)
        note("met exception %lu at %#lx", m.words[FAULT_VECTOR], m.words[FAULT_RIP]);
    else if (m.words[0] != 0)
        note("ended with status %lu", m.words[0], 0);
}

static void compare(const struct census *before, const struct census *after)
{
    static const char *const names[] = {"free frames", "objects",     "capabilities",    "threads",
                                        "processes",   "used frames", "own capabilities"};
    const uint64_t *was = &before->frames, *is = &after->frames;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (was[i] != is[i] && !__atomic_exchange_n(&board->failed, 1, __ATOMIC_RELAXED))
            snprintf(board->failure, sizeof(board->failure), "left behind: %s were %lu, are %lu", names[i], was[i],
                     is[i]);
}

/* One telling. The handle of the process's main thread is the first that a clone makes. */
static void tell(void (*story)(void))
{
    struct census before = take_census();
    handle_t endpoint = new_endpoint(), process;
    uint64_t found;
    memset(board->failure, 0, sizeof(board->failure));
    board->remark[0] = 0;
    memset((void *)board->cells, 0, sizeof(board->cells));
    board->failed = 0;
    board->rounds = 0;
    process = clone(begin, story,
                    &(struct clone_options){.quota = STORY_QUOTA,
                                            .fault = endpoint,
                                            .highest = STORY_HIGHEST,
                                            .priority = STORY_PRIORITY,
                                            .affinity = 1,
                                            .with_devices = true});
    CHECK(process != 0);
    watch(endpoint);
    unsigned told = board->failed;
    if (told)
        trace_keep();
    EQUAL(sys_audit(SELF, &found), OK); /* of the machine, with all that the story has left in it */
    EQUAL(sys_cap_delete(SELF, process), OK);
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
    board->failed = told; /* processes that the story left behind may have met the end of it */
    struct census after = take_census();
    compare(&before, &after);
}

static void tell_and_print(const char *name, void (*story)(void), const char *where)
{
    uint64_t start = sys_clock();
    tell(story);
    uint64_t took = (sys_clock() - start) / MILLISECOND;
    if (board->failed)
        line_print("FAIL %s%s: %s\n", name, where, board->failure);
    else if (board->rounds)
        line_print("ok %s%s (%lu ms, %lu rounds)", name, where, took, board->rounds);
    else
        line_print("ok %s%s (%lu ms)", name, where, took);
    if (board->failed)
        trace_tell();
    else
        line_print(board->remark[0] ? ": %s\n" : "%s\n", board->remark);
    board->failed ? failed++ : passed++;
}

static void nothing(void)
{
}

void story_run(const char *name, void (*story)(void), enum story_kind kind)
{
    if (!own.board) {
        clone_prepare();
        board->cpus = bootinfo()->cpus;
        board->exact = strstr(bootinfo()->command_line, "exact") != NULL;
        board->shaken = strstr(bootinfo()->command_line, "shake=") != NULL;
        board->traced = strstr(bootinfo()->command_line, "trace=on") != NULL;
        trace_open();
        board->inherits = strstr(bootinfo()->command_line, "inherit=off") == NULL;
        board->seed = boot_number("seed=", 1);
        tell(nothing); /* page tables that stay come into being */
    }
    if (kind == STORY_ON_MANY && board->cpus == 1)
        return;
    board->thread_cpu = kind == STORY_ON_MANY ? 1 : 0;
    tell_and_print(name, story, "");
    if (kind != STORY_NEAR_AND_FAR || board->cpus == 1)
        return;
    board->thread_cpu = 1;
    tell_and_print(name, story, ", far");
}

_Noreturn void finish(void)
{
    line_print("%u passed, %u failed\n", passed, failed);
    line_power_off();
}
