/*
 * Crowds: thousands of threads that are there while something is measured.
 *
 * The threads need no stack: each runs one of the loops below, with a capability of its process. A crowd grows process
 * by process (a process may have 4,096 threads); the first thread of each counts as one of the crowd.
 *
 *   struct crowd crowd = {.run = crowd_sleep, .object = notification, .rights = RIGHT_WAIT, .priority = 31};
 *   crowd_grow(&crowd, 1000);      ... measure ...      crowd_grow(&crowd, 2000);  ...  crowd_end(&crowd);
 */
#pragma once
#include "kernel/abi/rights.h"
#include <stdint.h>

#define CROWD_PROCESSES 4

/* On the board: what the threads of one process share. */
struct crowd_place {
    handle_t handle;  /* the crowd's object */
    uint64_t arrived; /* threads that began */
    handle_t leave;   /* notification: the process shall exit */
};
typedef void crowd_loop(volatile struct crowd_place *place, void *message_page, uint64_t thread);

struct crowd {
    crowd_loop *run;
    handle_t object; /* copied to each process with these rights */
    unsigned rights, priority;
    unsigned count; /* threads so far */
    unsigned processes;
    handle_t process[CROWD_PROCESSES];
    handle_t leave; /* notification for all */
};

/* The loops (loops.asm): wait for a notification for ever; until a moment, some in a hundred years, that the thread's
 * number decides; until a moment, the same for all, in one or two seconds; receive at an endpoint; call it; nothing. */
crowd_loop crowd_sleep, crowd_sleep_until, crowd_sleep_seconds, crowd_receive, crowd_call, crowd_spin;

/* Lets the crowd grow to this many threads. Those of the caller's priority have all run and blocked on return. */
void crowd_grow(struct crowd *crowd, unsigned count);

/* All its processes exit, but are not destroyed yet. */
void crowd_exit(struct crowd *crowd);

/* Destroys all of them. */
void crowd_end(struct crowd *crowd);
