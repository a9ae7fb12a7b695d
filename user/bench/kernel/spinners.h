/*
 * Threads of this process that spin on other CPUs, in a loop of known cost.
 *
 * All CPUs share one instruction counter under -icount: QEMU runs them one after the other, each until it halts,
 * executes `pause`, or has had its share. So an interval on CPU 0 counts its own instructions and those of the others
 * meanwhile, which a spinner tells: each turn of SPIN_TURN instructions it notes the count, then pauses.
 */
#pragma once
#include "kernel/abi/layout.h"
#include "user/bench/kernel/loops.h"

extern volatile struct spin spins[MAX_CPUS]; /* of the spinner on each CPU */

/* Starts one on this CPU; on return it spins. It stays until the machine goes off. */
void start_spinner(unsigned cpu);

/* What all spinners have executed so far. */
uint64_t spun_instructions(void);
