/*
 * System calls on capabilities.
 */
#include "kernel/syscall/handlers.h"

/* Two processes and a capability of the first: what copy, mint and move have in common. */
struct transfer {
    struct process *from, *to;
    struct slot *source;
};

/* The capability that the first two arguments, a process and a handle, name; also that of a dead object. */
static int find_slot(struct thread *self, const struct frame *frame, struct slot **slot)
{
    struct process *process;
    int status = resolve_process(self, frame->rdi, &process);

    if (status != OK)
        return status;
    *slot = slot_find(&process->table, frame->rsi);
    return *slot ? OK : E_HANDLE;
}

static int unpack_transfer(struct thread *self, struct frame *frame, struct transfer *transfer)
{
    int status = resolve_process(self, frame->rdi, &transfer->from);

    if (status == OK)
        status = resolve_process(self, frame->rdx, &transfer->to);
    if (status != OK)
        return status;
    transfer->source = slot_find(&transfer->from->table, frame->rsi);
    if (!transfer->source)
        return E_HANDLE;
    if (object_is_dead(transfer->source->object))
        return E_DEAD;
    if (transfer->from != transfer->to && !(transfer->source->rights & RIGHT_GIVE))
        return E_RIGHTS;
    return OK;
}

struct thread *sys_cap_copy(struct thread *self, struct frame *frame)
{
    struct transfer transfer;
    struct slot *child;
    int status = unpack_transfer(self, frame, &transfer);

    if (status == OK)
        status = capability_derive(transfer.source, transfer.to, (unsigned)frame->r10, transfer.source->badge, &child);
    return answer(self, status, status == OK ? child->handle : 0);
}

struct thread *sys_cap_mint(struct thread *self, struct frame *frame)
{
    uint64_t badge = frame->r8, armed = frame->r9;
    unsigned rights = (unsigned)frame->r10;
    struct transfer transfer;
    struct slot *child;
    int status = unpack_transfer(self, frame, &transfer);

    if (status == OK)
        status = capability_may_mint(transfer.source);
    if (status == OK && armed > 1)
        status = E_ARGUMENT;
    if (badge)
        rights &= ~RIGHT_MINT;
    if (status == OK)
        status = capability_derive(transfer.source, transfer.to, rights, badge, &child);
    if (status == OK)
        child->armed = armed;
    return answer(self, status, status == OK ? child->handle : 0);
}

struct thread *sys_cap_move(struct thread *self, struct frame *frame)
{
    struct transfer transfer;
    struct slot *moved;
    int status = unpack_transfer(self, frame, &transfer);

    if (status == OK)
        status = capability_move(transfer.source, transfer.to, &moved);
    return answer(self, status, status == OK ? moved->handle : 0);
}

/* May the caller destroy this object? Not what it runs in or on: its own thread, its process, or a payer of that. */
static bool may_destroy(const struct thread *self, const struct object *object)
{
    const struct process *process = self->process;

    if (object == &self->object)
        return false;
    while (object != &process->object) {
        if (process->depth == 0)
            return true;
        process = object_payer(&process->object);
    }
    return false;
}

/* Progress 1: it was there. The object of a root is dead from the first step on; the slot goes with its frame. */
struct thread *sys_cap_delete(struct thread *self, struct frame *frame)
{
    struct slot *slot;
    int status = find_slot(self, frame, &slot);

    if (status == E_HANDLE && progress_of(self)) /* gone with the last step */
        return answer(self, OK, 0);
    if (status != OK)
        return answer(self, status, 0);
    if (!capability_is_root(slot))
        return capability_delete_step(slot) ? answer(self, OK, 0) : restart(self, 1);
    if (!may_destroy(self, slot->object))
        return answer(self, E_ARGUMENT, 0);
    if (object_is_dead(slot->object))
        destroy_step();
    else
        object_doom(slot->object);
    return restart(self, 1);
}

struct thread *sys_cap_revoke(struct thread *self, struct frame *frame)
{
    struct slot *slot;
    int status = find_slot(self, frame, &slot);

    if (status != OK)
        return answer(self, status, 0);
    return capability_revoke_step(slot) ? answer(self, OK, 0) : restart(self, 0);
}

struct thread *sys_cap_info(struct thread *self, struct frame *frame)
{
    struct slot *slot;
    int status = find_slot(self, frame, &slot);

    if (status != OK)
        return answer(self, status, 0);
    frame->rsi = slot->badge;
    return answer(self, object_is_dead(slot->object) ? E_DEAD : OK, slot->object->type | (uint64_t)slot->rights << 8);
}

struct thread *sys_cap_at(struct thread *self, struct frame *frame)
{
    struct process *process;
    struct slot *slot;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK && frame->rsi >= (uint64_t)process->table.leaf_count * SLOTS_PER_PAGE)
        status = E_ARGUMENT;
    if (status != OK)
        return answer(self, status, 0);
    slot = slot_at(&process->table, frame->rsi);
    return answer(self, OK, slot->object ? slot->handle : 0);
}
