#include "user/bench/kernel/crowd.h"
#include "user/bench/kernel/bench.h"

#define PLACES         64 /* cell of the first place; the cells before it are for others */
#define PROCESS_QUOTA  10000
#define FULL           (MAX_OWN_THREADS - 1)
#define WAITING_ROUNDS 4

static volatile struct crowd_place *place_of(unsigned process)
{
    return (volatile struct crowd_place *)&board->cells[PLACES] + process;
}

/* The first thread of a crowd's process. The process ends with it. */
static void stay(void *place)
{
    volatile struct crowd_place *mine = place;
    uint64_t bits;
    while (!mine->leave)
        sys_yield();
    sys_wait(mine->leave, DEADLINE_FOREVER, &bits);
}

static void add_process(struct crowd *crowd)
{
    unsigned number = crowd->processes++;
    struct clone_options options = {.quota = PROCESS_QUOTA, .priority = BENCH_PRIORITY, .affinity = 1};
    handle_t process;
    *place_of(number) = (struct crowd_place){0};
    process = clone(stay, (void *)place_of(number), &options);
    CHECK(number < CROWD_PROCESSES && process != 0);
    if (!crowd->leave)
        crowd->leave = new_notification();
    crowd->process[number] = process;
    place_of(number)->handle = give(crowd->object, process, crowd->rights);
    place_of(number)->leave = give(crowd->leave, process, RIGHT_WAIT);
}

static void add_thread(struct crowd *crowd)
{
    unsigned number = crowd->processes - 1;
    handle_t thread;
    EQUAL(sys_thread_create(crowd->process[number], (uint64_t)crowd->run, 0, (uint64_t)place_of(number),
                            crowd->priority, 1, &thread),
          OK);
}

void crowd_grow(struct crowd *crowd, unsigned count)
{
    unsigned newest = crowd->count % FULL; /* threads in the last process */
    for (; crowd->count < count; crowd->count++, newest = (newest + 1) % FULL)
        newest == 0 ? add_process(crowd) : add_thread(crowd);
    for (unsigned i = 0; i < WAITING_ROUNDS; i++) /* a time slice may end meanwhile */
        sys_yield();
    if (crowd->priority < BENCH_PRIORITY)
        return;
    uint64_t arrived = crowd->processes; /* the first threads tell nothing */
    for (unsigned i = 0; i < crowd->processes; i++)
        arrived += place_of(i)->arrived;
    EQUAL(arrived, crowd->count);
}

void crowd_exit(struct crowd *crowd)
{
    for (unsigned i = 0; i < crowd->processes; i++)
        EQUAL(sys_signal(crowd->leave, 1), OK);
    sys_yield();
}

void crowd_end(struct crowd *crowd)
{
    while (crowd->processes)
        EQUAL(sys_cap_delete(SELF, crowd->process[--crowd->processes]), OK);
    EQUAL(sys_cap_delete(SELF, crowd->leave), OK);
    crowd->leave = 0;
    crowd->count = 0;
}
