/*
 * The kernel's trace (kernel/abi/trace.h), as a story or the frame reads it.
 */
#pragma once
#include "kernel/abi/trace.h"
#include <stdbool.h>

#define TRACE_ADDRESS 0x0f8000000000ul
static const struct trace_ring *const trace_rings = (const struct trace_ring *)TRACE_ADDRESS;

/* Maps the rings of all CPUs where trace_rings says. Context: the first process, or one with devices. */
void trace_open(void);
/* Keeps the last records of all CPUs, so that what follows cannot hide them; prints the kept ones, else the last ones.
 * Before trace_open() they do nothing. Context: the first process. */
void trace_keep(void);
void trace_tell(void);
