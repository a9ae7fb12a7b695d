/*
 * Priority inheritance.
 *
 * A thread's priority is the highest of three things, and of nothing else:
 *
 *   its own (base) priority
 *   the priority of the call it serves: the one it received last and has not answered
 *   the highest priority queued at the endpoint it is bound to, that is, the one it received from last
 *
 * So what a thread donates is always derivable from where threads are, and undoing a donation is computing it again:
 * at reply, deadline, cancel, revoke, and the death of either side, which all pass through leave() in thread.c.
 * A token kept across the next recv is parked: it donates nothing until some thread adopts it.
 *
 * A change travels along chains of callers (Sha, Rajkumar, Lehoczky: "Priority inheritance protocols", 1990). The walk
 * stops after INHERIT_STEPS threads, which also ends it on a cycle of callers; that is counted.
 * Context: kernel lock held.
 */
#pragma once
#include "kernel/sched/runqueue.h"

struct thread;

/* Senders by priority, and the threads that are bound to the endpoint where they wait. */
struct sender_queue {
    struct priority_queue waiting;
    struct link servers; /* threads, by `binding` */
};

#define INHERIT_STEPS 32
extern bool inherit_enabled;        /* a boot option turns it off, so that the inversion can be shown */
extern uint64_t inherit_long_walks; /* walks that were cut */
extern uint64_t inherit_circles;    /* circles of callers that were seen to close */

void sender_queue_init(struct sender_queue *queue);
/* Something that `thread` inherits from has changed: computes its priority again, and those of whoever it boosts. */
void inherit_update(struct thread *thread);
/* The highest priority in the queue may have changed. */
void inherit_queue_changed(struct sender_queue *queue);
/* A thread has begun to wait for its message to be taken: does it now wait, by way of others, for itself? Then that is
 * counted and traced; deadlines are what breaks the circle. Followed are calls, and queues that one thread serves; what
 * several serve is no certain circle. */
void inherit_look_for_circle(const struct thread *thread);
/* The thread receives from this endpoint now (0: from none). */
void inherit_bind(struct thread *thread, struct sender_queue *queue);
