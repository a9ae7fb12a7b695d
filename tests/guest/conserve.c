/*
 * Nothing is lost: processes come and go, and then frames, objects, capabilities and threads are what they were.
 *
 * The program starts itself with an argument that says how the child shall end.
 */
#include "check.h"
#include "user/lib/file.h"
#include "user/lib/process.h"
#include "user/lib/syscall.h"
#include "user/lib/time.h"
#include <stdlib.h>
#include <string.h>

#define CHILDREN 1000
#define TOGETHER 8 /* alive at the same time */
#define WARM_UP  TOGETHER

static const char *self = "/system/bin/conserve";
static volatile int *volatile nowhere; /* a null pointer the compiler does not see through */

struct census {
    uint64_t frames, objects, capabilities, threads, processes, own;
};

static struct census take_census(void)
{
    struct census census = {
        .frames = sys_system_info(SYSTEM_FRAMES_FREE),
        .objects = sys_system_info(SYSTEM_OBJECTS),
        .capabilities = sys_system_info(SYSTEM_CAPABILITIES),
        .threads = sys_system_info(SYSTEM_THREADS),
        .processes = sys_system_info(SYSTEM_PROCESSES),
    };
    sys_audit(SELF, &census.own);
    return census;
}

/* A process is gone a little after its parent heard of its end: waits until the count of processes is back. */
static struct census settled_census(uint64_t processes)
{
    for (unsigned i = 0; i < 100 && sys_system_info(SYSTEM_PROCESSES) != processes; i++)
        sleep_nanoseconds(10 * MILLISECOND);
    return take_census();
}

/* Runs `count` children that end in the given way, TOGETHER at a time. How many ended as they should. */
static unsigned run_children(unsigned count, const char *way, const struct outcome *expected)
{
    char *arguments[] = {(char *)self, (char *)way, NULL};
    struct spawn request = {.path = self, .arguments = arguments, .input = -1, .output = -1, .error = -1};
    unsigned good = 0;
    for (unsigned done = 0; done < count; done += TOGETHER) {
        struct child children[TOGETHER];
        unsigned started = 0;
        while (started < TOGETHER && spawn(&request, &children[started]) == OK)
            started++;
        for (unsigned i = 0; i < started; i++) {
            struct outcome outcome;
            if (process_wait(children[i].handle, &outcome) == OK && outcome.end == expected->end &&
                outcome.value == expected->value)
                good++;
            process_forget(children[i].handle);
        }
    }
    return good;
}

static void compare(const char *way, struct outcome expected, unsigned count)
{
    sync(); /* once this is answered, the servers for the disk have started and have what they need */
    uint64_t processes = sys_system_info(SYSTEM_PROCESSES);
    run_children(WARM_UP, way, &expected); /* servers' own buffers grow once */
    struct census before = settled_census(processes);
    CHECK(run_children(count, way, &expected) == count);
    struct census after = settled_census(before.processes);
    CHECK(after.processes == before.processes);
    CHECK(after.threads == before.threads);
    CHECK(after.objects == before.objects);
    CHECK(after.capabilities == before.capabilities);
    CHECK(after.own == before.own);
    CHECK(after.frames == before.frames);
}

static void a_thousand_processes_leave_nothing(void)
{
    compare("--exit", (struct outcome){END_EXITED, 7}, CHILDREN);
}

static void processes_that_fault_leave_nothing(void)
{
    compare("--fault", (struct outcome){END_FAULTED, 14}, 96);
}

static void processes_that_fill_their_memory_leave_nothing(void)
{
    compare("--fill", (struct outcome){END_EXITED, 7}, 40);
}

static void fill_memory(void)
{
    for (size_t size = 4 << 20; size >= 4096; size /= 4) {
        while (malloc(size - 64) != NULL)
            continue;
    }
}

int main(int argument_count, char *arguments[])
{
    if (argument_count > 1 && strcmp(arguments[1], "--fault") == 0)
        *nowhere = 1;
    if (argument_count > 1 && strcmp(arguments[1], "--fill") == 0)
        fill_memory();
    if (argument_count > 1)
        return 7;
    RUN(a_thousand_processes_leave_nothing);
    RUN(processes_that_fault_leave_nothing);
    RUN(processes_that_fill_their_memory_leave_nothing);
    return finish();
}
