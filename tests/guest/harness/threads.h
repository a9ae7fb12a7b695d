/*
 * Threads of a story, and how to know where they are.
 *
 * Workers run on one CPU (CPU 0 or, in the "far" telling of a story, CPU 1). A worker whose priority is above the main
 * thread's runs at once and until it blocks, if it is near; settle() makes the same true for a far one.
 */
#pragma once
#include "user/lib/syscall.h"

/* Starts run(argument) where the story's threads run. The Thread handle; fails the story if there is no room. */
handle_t worker(void (*run)(void *argument), void *argument, unsigned priority);
/* The same on the CPUs of a mask. */
handle_t worker_on(uint64_t affinity, void (*run)(void *argument), void *argument, unsigned priority);

/* Returns when every thread of priority 1 or more that is ready has run until it blocked, on every CPU. Not for threads
 * that never block. */
void settle(void);

/* Sleeps. */
void rest(uint64_t nanoseconds);
void rest_until(uint64_t when);

/* The kernel's number of the calling thread. */
uint64_t my_number(void);
