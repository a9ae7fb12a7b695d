/*
 * Deadlines: a binary heap of threads, earliest on top (Williams, "Heapsort", 1964). Arming, disarming and taking the
 * earliest are O(log n). A thread has at most one deadline.
 *
 * Invariant that makes expiry prompt: some CPU's timer is armed no later than the heap's top. deadline_arm() arms this
 * CPU's timer if the deadline is earlier; every timer interrupt arms it again for the top; disarming touches no timer.
 * Context: kernel lock held.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct thread;

extern struct thread *deadline_heap[]; /* only timeout.c changes it */
extern uint32_t deadline_count;        /* armed */

void deadline_arm(struct thread *thread, uint64_t deadline); /* not DEADLINE_FOREVER */
void deadline_disarm(struct thread *thread);                 /* an armed one */
/* The earliest deadline, ~0 if none. */
uint64_t deadline_earliest(void);
/* A thread whose deadline is not after `now`, disarmed; 0 if there is none. */
struct thread *deadline_expired(uint64_t now);

/* Makes this CPU's timer fire no later than `when`. */
void timer_at_latest(uint64_t when);
