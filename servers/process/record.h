/*
 * What must be known of a program to go on with it: the part of the table that outlives the process server.
 *
 * A record takes only few steps in its life. A server that is about to store anything else is damaged, and one that
 * finds anything else has inherited damage. Pure.
 */
#pragma once
#include "kernel/abi/rights.h"
#include "servers/proto/process.h"
#include <stdbool.h>
#include <stdint.h>

struct child_record {
    uint32_t number;            /* 0: this entry is free, and all else in it 0 */
    uint32_t parent;            /* number; 0: the system, or it has ended */
    uint32_t orphan;            /* 1: it has ended */
    uint32_t state;             /* enum process_state */
    uint32_t end, value;        /* ENDED: as in PROCESS_WAIT */
    handle_t process;           /* in the estate; 0: none yet, or none any more */
    uint64_t spawner, sequence; /* whose request started it, and its number */
    char name[PROCESS_NAME];
};

/* Can there be such a record? */
bool record_is_sound(const struct child_record *record);

/* Can a record become this one, in one step of children.h? */
bool record_may_follow(const struct child_record *before, const struct child_record *after);
