/*
 * What is in the kernel must be as much as before, whatever became of servers. What they are in the middle of is over
 * soon.
 */
#include "tests/guest/killing/killing.h"
#include "user/lib/syscall.h"
#include "user/lib/time.h"
#include <string.h>

#define SETTLE      500 /* looks, 10 ms apart, until what the servers are in the middle of is over */
#define SETTLE_SOON 100

struct census {
    uint64_t processes, threads, objects, capabilities, frames;
};

static struct census warm, last;
static bool is_warm, has_last;

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

/* What later ones are compared with. A server tells a client that something is done, and puts away what it had for it
 * after that: on another CPU that may be later than the client counts. */
static struct census take_settled_census(void)
{
    sleep_nanoseconds(10 * MILLISECOND);
    return take_census();
}

static void tell_census(const char *when, const struct census *census)
{
    tell("census %s: %lu processes, %lu threads, %lu objects, %lu capabilities, %lu frames\n", when, census->processes,
         census->threads, census->objects, census->capabilities, census->frames);
}

void note_census(void)
{
    warm = take_settled_census();
    is_warm = true;
}

bool is_conserved(void)
{
    struct census now = take_census();
    for (unsigned i = 0; i < SETTLE && is_warm; i++) {
        if (memcmp(&now, &warm, sizeof(now)) == 0)
            return true;
        sleep_nanoseconds(10 * MILLISECOND);
        now = take_census();
    }
    if (!is_warm)
        return true;
    tell_census("early", &warm);
    tell_census("late", &now);
    return false;
}

/* The same, but for capabilities. */
static bool is_close(const struct census *left, const struct census *right)
{
    return left->processes == right->processes && left->threads == right->threads && left->objects == right->objects &&
           left->frames == right->frames;
}

void tell_conserved(unsigned round)
{
    struct census now = has_last ? take_census() : take_settled_census();
    for (unsigned i = 0; i < SETTLE_SOON && has_last && !is_close(&now, &last); i++) {
        sleep_nanoseconds(10 * MILLISECOND);
        now = take_census();
    }
    bool changed = has_last && !is_close(&now, &last);
    if (changed) {
        tell_census("before", &last);
        tell_census("now", &now);
    }
    tell("census %u %s\n", round, changed ? "changed" : "conserved");
    last = now;
    has_last = true;
}
