/*
 * The table of programs: who runs, who started whom, and how those ended that nobody has asked about yet.
 *
 *   children_add() --> STARTING --child_runs()--> RUNNING --child_end()--> ENDED --somebody waits, or the parent
 * ends--> gone
 *
 * An entry is found by its number, which counts up, so that an old capability finds nothing rather than a stranger.
 * At its end a program's process is destroyed at once; only the few words of its status stay. A program whose parent
 * has ended is an orphan: nobody will ask, so at its end nothing stays.
 *
 * The table outlives the server: each entry's record lies in kept memory, stored whole or not at all, and the processes
 * lie in the estate, where they are also charged. A successor goes through the records (children_open()): what was
 * starting and has not begun to run never was; what ended meanwhile is noted; a process that no record names is
 * destroyed. So whatever changes is stored before anybody is told. What is kept is also what counts while the server
 * lives: an entry that differs from its record, or would take a step that there is not (record.h), ends it. Context:
 * the server's one thread.
 */
#pragma once
#include "servers/process/record.h"

#define CHILDREN 256 /* running, or ended and not yet waited for */

struct child {
    struct child_record is;
    handle_t process; /* RUNNING: ours, derived from is.process; else 0 */
    handle_t handle;  /* ours, badged BADGE_CHILD: copies of it go to the parent; 0: not made yet */
    uint64_t waiter;  /* RUNNING: token of the call that waits for the end; 0: none */
};

/* Takes over what a predecessor left; false if there is no memory for the table. Call once. */
bool children_open(void);

/* A free entry with a number of its own, STARTING, without a process yet. NULL if the table is full. */
struct child *children_add(const struct child_record *record);

/* Its process is there, in the estate: derives ours. False, and nothing kept, if that fails. */
bool child_has_process(struct child *child, handle_t process);

/* Its first thread runs. */
void child_runs(struct child *child);

/* Gives the entry up: its program never started, or nobody will ask for its end. */
void children_remove(struct child *child);

/* The entry with this number, NULL if it is gone: then children_check() before anybody is told so. */
struct child *children_find(uint32_t number);

/* Is the whole table what is kept? Ends the server if not. */
void children_check(void);

/* The entry that was started by this request, NULL if there is none. */
struct child *children_find_request(uint64_t spawner, uint64_t sequence);

/* The index-th entry of the table, for listing; NULL behind the last. A free one has number 0. */
const struct child *children_at(unsigned index);

/* Notes its end, destroys its process, makes orphans of its children, and tells whoever waits. The entry may be gone
 * afterwards. */
void child_end(struct child *child, enum process_end end, uint32_t value);

/* Has its program ended itself? Then the same, from the exit status that the kernel tells. */
bool child_has_exited(const struct child *child);
void child_exited(struct child *child);

/* How many such calls wait. */
unsigned children_waited_for(void);

/* The call `token` wants to know how the child ends, or ended. Answered now or later; a former waiter is let go. */
void child_wait(struct child *child, uint64_t token);
