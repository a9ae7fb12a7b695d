/*
 * Recording what happens, into the rings that kernel/abi/trace.h describes.
 *
 * Each CPU writes only its own ring, with interrupts off, so no record is torn and no lock is needed; only what strikes
 * in spite of that (NMI, double fault, machine check) must not record.
 *
 * Rare kinds are always recorded. The others are, if the boot option trace=on asks for it; otherwise a point costs two
 * instructions, a comparison and a jump that is not taken (a test reads the code). The short path of a message has
 * no points: with trace=on every CPU has a detour (DETOUR_TRACE), which sends all messages the general way.
 */
#pragma once
#include "kernel/abi/trace.h"
#include "kernel/base/check.h"
#include "kernel/x86_64/arch.h"
#include <stdbool.h>
#include <stdint.h>

extern struct trace_ring trace_rings[MAX_CPUS];
extern uint32_t trace_enabled;

/* Boot: makes the rings readable; with `all`, frequent kinds are recorded from now on. */
void trace_init(bool all);

/* Records on this CPU's ring. What the arguments mean depends on the kind. */
void trace_rare(enum trace_kind kind, uint32_t thread, unsigned detail, uint64_t call, uint64_t value);
/* The same for callers that have no register to lose. */
COLD void trace_frequent(enum trace_kind kind, uint32_t thread, unsigned detail, uint64_t call, uint64_t value);

static inline __attribute__((always_inline)) bool trace_is_on(void)
{
    return is_rarely_set(&trace_enabled);
}
/* A point for a frequent kind. The arguments are computed only if it is recorded. */
#define trace(...)                                                                                                     \
    do {                                                                                                               \
        if (trace_is_on())                                                                                             \
            trace_frequent(__VA_ARGS__);                                                                               \
    } while (0)
/* How an object is named in records, by any address in it. */
#define TRACE_OBJECT(address) (virt_to_phys(address) / PAGE_SIZE)

/* For a panic: prints the last records of all CPUs on the serial line. Context: any. */
void trace_print_last(void);
