/*
 * Processes that are copies of this one, made with nothing but system calls.
 *
 * A clone shares the program's text, gets a copy of its data as they are now, a stack, and one thread that calls
 * run(argument) and then ends the process with status 0. What both shall see lies on the board (story.h).
 *
 *   handle_t child = clone(run, argument, &(struct clone_options){.quota = 500, .fault = endpoint});
 *   handle_t theirs = give(endpoint, child, RIGHT_SEND | RIGHT_GIVE);      ... tell it on the board ...
 *   sys_cap_delete(SELF, child);
 */
#pragma once
#include "user/lib/syscall.h"
#include <stdbool.h>

/* Handles of the running process. Each process has its own: they are not copied. */
struct own_handles {
    handle_t self, board, text;    /* its own Process; the board; the program's text */
    handle_t ports, irqs, devices; /* roots; only in a story's process, else 0 */
    handle_t trace;                /* the kernel's trace, read-only; the same */
    handle_t quiet;                /* a notification that nobody signals; 0 until needed */
    struct probe {
        handle_t question, answer; /* notifications */
    } probes[MAX_CPUS];            /* threads.c; 0 until needed */
};
extern struct own_handles own;

struct clone_options {
    uint64_t quota;    /* frames; 0: CLONE_QUOTA */
    handle_t fault;    /* fault endpoint, 0: none */
    unsigned priority; /* the thread's; 0: CLONE_PRIORITY */
    unsigned highest;  /* of the process's threads; 0: the thread's */
    uint64_t affinity; /* 0: any CPU */
    bool with_devices; /* gives copies of the three roots and of the trace */
};
#define CLONE_QUOTA    400
#define CLONE_PRIORITY 16

/* In the first process, before the first clone(): makes the text and the board that clones will share. */
void clone_prepare(void);

/* The Process handle of a running clone, 0 if there was no room for it. */
handle_t clone(void (*run)(void *argument), void *argument, const struct clone_options *options);

/* A copy of a capability in another process: its handle there, 0 if that failed. */
handle_t give(handle_t handle, handle_t process, unsigned rights);
