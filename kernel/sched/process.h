/*
 * The life of processes. Context of everything here: kernel lock held.
 */
#pragma once
#include "kernel/sched/sched.h"

/* A process with `quota` frames split off the payer's, its root capability in the payer's table. `fault` (0 for none)
 * is the capability that its kernel's slot is derived from. E_QUOTA, E_LIMIT. */
int process_create(struct process *payer, uint64_t quota, struct slot *fault, unsigned priority, handle_t *handle);
/* The first process, which pays for itself and holds its own root capability. */
struct process *process_create_first(uint64_t quota, handle_t *handle);

/* The end of user code in it: threads stop, the supervisor hears of it. Idempotent. */
void process_end(struct process *process, uint64_t status);

/* Where its faults go: the kernel's slot, or 0 if there is none any more. */
static inline struct slot *process_fault_slot(struct process *process)
{
    struct slot *slot = &process->fault_slot;

    return slot->object && !object_is_dead(slot->object) ? slot : 0;
}

uint64_t process_charge(const struct object *object);
bool process_destroy_step(struct object *object, unsigned budget);
