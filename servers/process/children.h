/*
 * The table of programs: who runs, who started whom, and how those ended that nobody has asked about yet.
 *
 *   children_add() --> RUNNING --child_end()--> ENDED --somebody waits, or the parent ends--> gone
 *
 * An entry is found by its number, which counts up, so that an old capability finds nothing rather than a stranger.
 * At its end a program's process is destroyed at once; only the few words of its status stay. A program whose parent
 * has ended is an orphan: nobody will ask, so at its end nothing stays.
 * Context: the server's one thread.
 */
#pragma once
#include "kernel/abi/rights.h"
#include "servers/proto/process.h"
#include <stdbool.h>
#include <stdint.h>

#define CHILDREN 256 /* running, or ended and not yet waited for */

struct child {
    uint32_t number; /* 0: this entry is free */
    uint32_t parent; /* number; 0: the system, or it has ended */
    bool orphan;
    enum process_state state;
    handle_t process; /* RUNNING: the Process, ours; else 0 */
    enum process_end end;
    uint32_t value;  /* ENDED: exit status or vector, as in PROCESS_WAIT */
    uint64_t waiter; /* RUNNING: token of the call that waits for the end; 0: none */
    char name[PROCESS_NAME];
};

/* A free entry with a number of its own, RUNNING, without a process yet. NULL if the table is full. */
struct child *children_add(uint32_t parent, const char *name);

/* Gives the entry up: its program never started. */
void children_remove(struct child *child);

/* The entry with this number, NULL if it is gone. */
struct child *children_find(uint32_t number);

/* The index-th entry of the table, for listing; NULL behind the last. A free one has number 0. */
const struct child *children_at(unsigned index);

/* Destroys its process, makes orphans of its children, and tells whoever waits. The entry may be gone afterwards. */
void child_end(struct child *child, enum process_end end, uint32_t value);

/* The call `token` wants to know how the child ends, or ended. Answered now or later; a former waiter is let go. */
void child_wait(struct child *child, uint64_t token);
