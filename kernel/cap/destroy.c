/*
 * The birth and the end of objects.
 */
#include "kernel/base/check.h"
#include "kernel/base/trace.h"
#include "kernel/cap/capability.h"

uint64_t objects_alive;

/* Dead objects, the one to take apart first in front. */
static struct link doomed = {&doomed, &doomed};

int object_create(struct process *payer, uint64_t frame_count, void **object, struct slot **slot)
{
    int status;

    if (!account_charge(&payer->account, frame_count))
        return E_QUOTA;
    status = slot_take(payer, slot);
    if (status != OK) {
        account_refund(&payer->account, frame_count);
        return status;
    }
    *object = page_take();
    return OK;
}

handle_t object_publish(struct object *object, enum object_type type, struct slot *slot)
{
    object->type = object->lives_as = (uint8_t)type;
    list_init(&object->doomed);
    object->root = slot;
    slot_fill(slot, object, RIGHTS_ALL, 0);
    objects_alive++;
    return slot->handle;
}

void object_abandon(struct process *payer, uint64_t frame_count, void *object, struct slot *slot)
{
    page_free(object);
    slot_give_back(slot);
    account_refund(&payer->account, frame_count);
}

void object_doom(struct object *object)
{
    object->lives_as = OBJECT_NONE;
    list_remove(&object->doomed); /* may be on the list already, further back */
    list_prepend(&doomed, &object->doomed);
}

/* Nothing is left of the object but its frame and its root capability. */
static void object_free(struct object *object)
{
    struct slot *root = object->root;

    account_refund(&root->process->account, object_kinds[object->type].charge(object));
    trace_rare(TRACE_DESTROY, 0, object->type, root->process->number, TRACE_OBJECT(object));
    list_remove(&object->doomed);
    page_free(object);
    slot_clear(root);
    objects_alive--;
}

void destroy_step(void)
{
    struct object *object;

    if (list_is_empty(&doomed))
        return;
    object = container_of(doomed.next, struct object, doomed);
    if (capability_revoke_step(object->root) && mapping_shrink(&object->root->mapping, &object->root->process->space) &&
        object_kinds[object->type].destroy_step(object, STEP_BUDGET))
        object_free(object);
}
