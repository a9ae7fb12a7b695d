/*
 * The kernel's trace (kernel/abi/trace.h), as a story or the frame reads it.
 */
#pragma once
#include "kernel/abi/trace.h"
#include <stdbool.h>
#include <stdint.h>

#define TRACE_ADDRESS 0x0f8000000000ul
static const struct trace_ring *const trace_rings = (const struct trace_ring *)TRACE_ADDRESS;

/* Maps the rings of all CPUs where trace_rings says. Context: the first process, or one with devices. */
void trace_open(void);
/* Keeps the last records of all CPUs, so that what follows cannot hide them; prints the kept ones, else the last ones.
 * Before trace_open() they do nothing. Context: the first process. */
void trace_keep(void);
void trace_tell(void);

/* ---- looking at what happens during a story, after trace_open() ---- */

/* What was recorded until now is skipped. */
void look_from_here(void);
/* The next record, of whichever CPU comes first in time. False if there is none yet. */
bool next_record(struct trace_record *record);
/* The next record of this kind, or with this call; others before it are skipped. Fails the story if there is none. */
struct trace_record next_of(enum trace_kind kind);
struct trace_record next_of_call(uint64_t call);
/* Fails the story unless this is what the record says. */
void expect_record(struct trace_record record, enum trace_kind kind, uint64_t thread, uint64_t detail);
