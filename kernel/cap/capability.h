/*
 * Operations on capabilities, and the end of objects. Context of everything here: kernel lock held.
 */
#pragma once
#include "kernel/cap/process.h"

/* Derives a child of `source` in `to`, with at most its rights. E_TYPE: of movable Memory; E_QUOTA, E_LIMIT. */
int capability_derive(struct slot *source, struct process *to, unsigned rights, uint64_t badge, struct slot **child);
/* May capabilities with a badge be derived from it? E_TYPE: no Endpoint; E_RIGHTS: no RIGHT_MINT, or it has a badge. */
int capability_may_mint(const struct slot *source);
/* Moves a capability to another table. A root takes its charge along. E_BUSY: mapped; E_ARGUMENT: the root of a Process
 * or Thread; E_QUOTA, E_LIMIT. */
int capability_move(struct slot *from, struct process *to, struct slot **moved);
/* One step of deleting a capability that is not a root: unmaps, hands its children to its parent. True when gone. */
bool capability_delete_step(struct slot *slot);
/* One step of deleting everything derived from it. True when nothing is left. */
bool capability_revoke_step(struct slot *slot);

static inline bool capability_is_root(const struct slot *slot)
{
    return slot->object->root == slot;
}

/*
 * A new object: charged to `payer`, a zeroed frame and a slot for its root capability, taken together or not at all.
 * `frames` = all that it will ever own. The caller fills the object, then calls object_publish(). E_QUOTA, E_LIMIT.
 */
int object_create(struct process *payer, uint64_t frames, void **object, struct slot **slot);
handle_t object_publish(struct object *object, enum object_type type, struct slot *slot);
/* Undoes object_create() before object_publish(). */
void object_abandon(struct process *payer, uint64_t frames, void *object, struct slot *slot);

/*
 * The end of objects. object_doom() marks one dead and puts it in front of the worklist; whoever deleted the root then
 * calls destroy_step() until its slot is empty. A step does a bounded amount of work. Objects that a dying
 * process holds go on the worklist in front of it, never by recursion.
 */
void object_doom(struct object *object);
void destroy_step(void);
extern uint64_t objects_alive;
