/*
 * TLB shootdown, on several CPUs.
 *
 * All CPUs that run share one instruction counter here: QEMU runs them one after the other, each until it halts or
 * executes `pause`. So what an interval on CPU 0 counts is its own instructions, and those of the others meanwhile.
 * The others spin in a loop (loop_spin) whose every instruction is known: each turn notes the count, then pauses.
 *
 *   initiator, CPU 0          responder 1                     responder 2
 *   count = t0
 *   protect() ...
 *   sends interrupts, pause
 *                             (handler) noted turn, pause
 *                                                             (handler) noted turn, pause
 *   ... returns
 *   count = t1
 *
 * Between the notes of two responders lie the rest of the first one's turn, and one handler and the beginning of a turn
 * of the second one: that gives the handler. t1 - t0 less all handlers and turns is the initiator's own.
 */
#include "user/bench/kernel/bench.h"
#include "user/lib/memory.h"

void bench_shootdown(void)
{
}
