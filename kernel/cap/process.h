/*
 * A process: a capability table, an address space, an account, and the threads that share them.
 *
 * Life: created with a quota split off its creator's; exits (process_end: no thread runs user code any more, the
 * supervisor gets LABEL_EXIT); destroyed with its root capability, which frees everything it held.
 */
#pragma once
#include "kernel/cap/table.h"

struct process {
    struct object object;
    uint32_t number;          /* never used again */
    uint8_t highest_priority; /* of its threads and of those of its children */
    uint8_t depth;            /* of the tree of payers */
    bool ended;               /* no thread of it may run user code */
    uint64_t exit_status;
    uint64_t calls_left; /* system calls until it is ended; 0: no limit */
    struct event exit;
    uint64_t exit_badge; /* of the fault capability when it ended */
    struct account account;
    struct space space;
    struct table table;
    struct slot fault_slot; /* the kernel's slot, in no table: where faults and the exit go; object 0: nowhere */
    struct link threads;
    unsigned thread_count;
    uint64_t destroy_cursor; /* slots below are empty, once the process is dead */
    uint64_t run_time;       /* TSC ticks of all its threads, ended ones too */
};
_Static_assert(sizeof(struct process) <= PAGE_SIZE, "a Process object is one frame");
#define PROCESS_OWN_FRAMES 3 /* the object, the root of its page table, the root of its capability table */
#define MAX_DEPTH          64

extern unsigned process_count;

/* Who pays for an object: the process that holds its root capability. */
static inline struct process *object_payer(const struct object *object)
{
    return object->root->process;
}
