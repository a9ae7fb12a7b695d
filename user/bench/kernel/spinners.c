#include "user/bench/kernel/spinners.h"
#include "user/bench/kernel/bench.h"

volatile struct spin spins[MAX_CPUS];

static void spin(void *own_spin)
{
    loop_spin(own_spin);
}

void start_spinner(unsigned cpu)
{
    worker_on(1ul << cpu, spin, (void *)&spins[cpu], BENCH_PRIORITY);
    while (spins[cpu].turns < 2)
        __asm__ volatile("pause");
}

uint64_t spun_instructions(void)
{
    uint64_t turns = 0;
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
        turns += spins[cpu].turns;
    return turns * SPIN_TURN;
}
