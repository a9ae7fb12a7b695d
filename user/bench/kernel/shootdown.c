/*
 * TLB shootdown, with 1 to all CPUs running the process. The others spin (spinners.h).
 *
 *   initiator, CPU 0              responder, CPU 1                responder, CPU 2
 *   1. counts, enters the kernel
 *   2. interrupts both, pauses
 *                                 3. handler, notes, pauses
 *                                                                 4. handler, notes, pauses
 *   5. all have answered: returns, counts
 *
 * Between the notes of 3 and 4 lie the rest of one turn, one handler, and the beginning of the next turn: that gives
 * the handler. What is counted between 1 and 5, less one handler and one turn for each responder, is the initiator's
 * own.
 */
#include "user/bench/kernel/bench.h"
#include "user/bench/kernel/spinners.h"
#include "user/lib/memory.h"

#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)

static handle_t memory;

/* One shootdown: what CPU 0 counts, and what lies between the notes of the first two responders. Demands that each
 * responder made exactly one turn meanwhile. */
static void shoot(unsigned responders, uint64_t *total, uint64_t *between)
{
    struct loop loop = {.handle = memory, .words = {RIGHT_READ}};
    uint32_t turns[MAX_CPUS];
    EQUAL(sys_protect(SELF, memory, READ_WRITE), OK);
    for (unsigned cpu = 1; cpu <= responders; cpu++)
        turns[cpu] = spins[cpu].turns;
    loop_protect(&loop);
    EQUAL(loop.shape, OK);
    *total = (uint32_t)(loop.words[2] - loop.words[1]) - 4; /* the counting itself */
    *between = spins[2].count - spins[1].count;
    for (unsigned cpu = 1; cpu <= responders; cpu++)
        EQUAL(spins[cpu].turns - turns[cpu], 2); /* and one when loop_protect() begins */
}

/* Median of all batches; of the handler only if there are two. */
static uint64_t measure(unsigned responders, uint64_t *handler)
{
    uint64_t totals[BATCHES], between[BATCHES];
    for (unsigned i = 0; i < BATCHES; i++)
        shoot(responders, &totals[i], &between[i]);
    if (responders >= 2)
        *handler = (uint32_t)median(between, BATCHES) - SPIN_FROM_NOTE - SPIN_TO_NOTE - 1;
    return median(totals, BATCHES);
}

void bench_shootdown(void)
{
    uint64_t totals[MAX_CPUS], handler = 0;
    memory = new_memory(1);
    CHECK(pages_map(memory, 1, READ_WRITE) != 0);
    for (unsigned responders = 0; responders < board->cpus; responders++) {
        if (responders)
            start_spinner(responders);
        totals[responders] = measure(responders, &handler);
    }
    for (unsigned responders = 0; responders < board->cpus; responders++)
        line_print("POINT shootdown %u %lu %lu\n", responders + 1,
                   totals[responders] - responders * (handler + SPIN_TURN), responders ? handler : 0);
    if (board->cpus != 4)
        return;
    report(
        "shootdown_initiator_4cpu", totals[2] - 2 * (handler + SPIN_TURN),
        "write access to one page is taken away (protect) while 3 of 4 CPUs run the process and the fourth idles; what "
        "the other CPUs execute is subtracted; 5 user instructions are in it");
    report("shootdown_responder_4cpu", handler,
           "what each of the 2 interrupted CPUs executes, from its interrupt's first instruction to the return");
}
