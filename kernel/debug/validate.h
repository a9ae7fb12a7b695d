/*
 * One look at the whole kernel, by three files: the capabilities of all processes (validate.c), threads and the queues
 * they wait in (validate_threads.c), frames and page tables (validate_memory.c). Context: kernel lock held, no
 * operation half done.
 *
 * Each relation is followed from both of its ends: what was found from one must be as much as what was found from the
 * other.
 */
#pragma once
#include "kernel/base/check.h"
#include "kernel/ipc/device.h"

#define THREAD_STATES (THREAD_HALTED + 1)

/* What was found so far. */
struct world {
    uint64_t processes, objects, capabilities;
    uint64_t derived, children;       /* capabilities that are no roots; found as somebody's child */
    uint64_t threads;                 /* all */
    uint64_t in_state[THREAD_STATES]; /* threads by state; found where that state says they are */
    uint64_t in_place[THREAD_STATES];
    uint64_t bound, servers; /* threads that serve an endpoint; found in endpoints' lists */
    uint64_t armed;          /* threads with a deadline */
    uint64_t frames;         /* in use */
};

/* ---- validate_threads.c ---- */
void validate_thread(struct world *world, const struct thread *thread);
void validate_endpoint(struct world *world, const struct endpoint *endpoint);
void validate_notification(struct world *world, const struct notification *notification);
/* The run queue, the CPUs and the deadlines, once the world has all threads. */
void validate_scheduling(struct world *world);

/* ---- validate_memory.c ---- */
void validate_frames_begin(void);
/* This frame of RAM is in use, for one thing only. */
void validate_frame(struct world *world, phys_t frame);
void validate_memory(struct world *world, const struct memory *memory);
/* What this capability has mapped is mapped. Returns the number of pages. */
uint64_t validate_mapping(const struct slot *slot);
/* The tables of a process, with nothing in them but these many pages. */
void validate_space(struct world *world, const struct space *space, uint64_t pages);
void validate_frames_end(const struct world *world);
