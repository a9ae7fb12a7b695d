/*
 * Deriving, moving, deleting and revoking capabilities.
 */
#include "kernel/cap/capability.h"

int capability_derive(struct slot *source, struct process *to, unsigned rights, uint64_t badge, struct slot **child)
{
    int status;

    if (source->object->type == OBJECT_MEMORY && memory_of(source->object)->movable)
        return E_TYPE;
    status = slot_take(to, child);
    if (status != OK)
        return status;
    slot_fill(*child, source->object, source->rights & rights, badge);
    node_insert(&source->node, &(*child)->node);
    list_remove(&source->drained.link); /* not drained any more, if it was */
    return OK;
}

int capability_may_mint(const struct slot *source)
{
    if (source->object->type != OBJECT_ENDPOINT)
        return E_TYPE;
    return source->rights & RIGHT_MINT && !source->badge ? OK : E_RIGHTS;
}

/* A root capability changes hands: the new holder pays from now on. */
static int move_charge(const struct object *object, struct process *to)
{
    uint64_t frames = object_kinds[object->type].charge(object);

    if (object->type == OBJECT_PROCESS || object->type == OBJECT_THREAD)
        return E_ARGUMENT;
    if (to == object_payer(object))
        return OK;
    if (!account_charge(&to->account, frames))
        return E_QUOTA;
    account_refund(&object_payer(object)->account, frames);
    return OK;
}

int capability_move(struct slot *from, struct process *to, struct slot **moved)
{
    bool root = capability_is_root(from), waiting = list_is_linked(&from->drained.link);
    struct slot *target;
    int status;

    if (from->mapping.pages)
        return E_BUSY;
    status = slot_take(to, &target);
    if (status == OK && root && (status = move_charge(from->object, to)) != OK)
        slot_give_back(target);
    if (status != OK)
        return status;

    slot_fill(target, from->object, from->rights, from->badge);
    target->armed = from->armed;
    if (root)
        from->object->root = target;
    node_replace(&from->node, &target->node);
    if (waiting)
        list_insert_after(&from->drained.link, &target->drained.link);
    slot_clear(from);
    *moved = target;
    return OK;
}

/* The last capability derived from an armed one is gone: tell the endpoint's receiver. */
static void note_childless(struct node *node)
{
    struct slot *slot;

    if (!node)
        return;
    slot = slot_of_node(node);
    if (slot->armed && !object_is_dead(slot->object))
        object_kinds[slot->object->type].post_event(slot->object, &slot->drained);
}

bool capability_delete_step(struct slot *slot)
{
    struct node *childless;

    if (!mapping_shrink(&slot->mapping, &slot->process->space))
        return false;
    childless = node_remove(&slot->node);
    slot_clear(slot);
    note_childless(childless);
    return true;
}

bool capability_revoke_step(struct slot *slot)
{
    for (unsigned budget = STEP_BUDGET; budget && node_has_children(&slot->node); budget--) {
        struct slot *child = slot_of_node(slot->node.first);
        bool mapped = child->mapping.pages;

        /* one shootdown is enough for one step */
        if (!capability_delete_step(child) || mapped)
            break;
    }
    return !node_has_children(&slot->node);
}
