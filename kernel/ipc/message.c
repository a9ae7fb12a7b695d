/*
 * What travels with a message: words, capabilities, leases.
 */
#include "kernel/base/check.h"
#include "kernel/base/memory.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/words.h"

/* What a fault says of itself; the frame has the faulting thread's own registers. Returns the message's shape. */
static uint64_t tell_fault(const struct thread *from, struct thread *to)
{
    const struct frame *source = &from->frame;
    struct frame *target = &to->frame;

    _Static_assert(FAULT_VECTOR == 0 && FAULT_ERROR == 1 && FAULT_ADDRESS == 2 && FAULT_RIP == 3 && FAULT_RSP == 4 &&
                       FAULT_THREAD == 5 && FAULT_WORDS == 6,
                   "the registers of these words");
    target->r10 = source->vector;
    target->r8 = source->error;
    target->r9 = from->fault_address;
    target->rbx = source->rip;
    target->r12 = source->rsp;
    target->r13 = from->number;
    target->r14 = target->r15 = 0;
    frame_to_registers(source, &to->page->registers);
    to->page->leases[0] = (struct lease){0, from->leases[0].length, from->leases[0].access};
    return SHAPE_WORDS(FAULT_WORDS) | SHAPE_LEASES(1) | SHAPE_LABEL(LABEL_FAULT);
}

int message_check(const struct thread *sender, unsigned most_leases)
{
    uint64_t shape = sender->frame.rax;

    if (SHAPE_GET_WORDS(shape) > MESSAGE_WORDS || SHAPE_GET_CAPABILITIES(shape) > MESSAGE_CAPABILITIES ||
        SHAPE_GET_LEASES(shape) > most_leases || SHAPE_GET_LABEL(shape) >= LABEL_KERNEL)
        return E_ARGUMENT;
    for (unsigned i = 0; i < SHAPE_GET_CAPABILITIES(shape); i++) {
        const struct slot *slot = slot_find(&sender->process->table, sender->page->capabilities[i]);
        int status = slot ? OK : E_HANDLE;

        if (status == OK && !(slot->rights & RIGHT_GIVE))
            status = E_RIGHTS;
        if (status == OK && sender->page->badges[i])
            status = capability_may_mint(slot);
        if (status != OK)
            return status;
    }
    return OK;
}

int message_keep_leases(struct thread *caller)
{
    unsigned count = SHAPE_GET_LEASES(caller->frame.rax);

    for (unsigned i = 0; i < count; i++) {
        const volatile struct lease *given = &caller->page->leases[i]; /* other threads may write there: read once */
        struct lease lease = {given->address, given->length, given->access};

        if (lease.address > USER_END || lease.length > USER_END - lease.address || lease.access < LEASE_READ ||
            lease.access > (LEASE_READ | LEASE_WRITE))
            return E_ARGUMENT;
        caller->leases[i] = lease;
    }
    caller->lease_count = count;
    return OK;
}

static int give_slot(struct slot *slot, struct process *to, uint64_t badge, bool move, struct slot **given)
{
    if (badge) {
        int status = capability_may_mint(slot);

        return status == OK ? capability_derive(slot, to, RIGHT_SEND | RIGHT_GIVE, badge, given) : status;
    }
    return move ? capability_move(slot, to, given) : capability_derive(slot, to, slot->rights, slot->badge, given);
}

/* One capability; 0 where it could not be given. */
static handle_t give_capability(struct thread *from, struct thread *to, unsigned i)
{
    const volatile struct message_page *page = from->page; /* other threads may write there: read once */
    struct slot *slot = slot_find(&from->process->table, page->capabilities[i]), *given;

    /* The sender may have waited long: what was checked then is checked again. A table that is being emptied must not
     * fill again. */
    if (!slot || object_is_dead(slot->object) || !(slot->rights & RIGHT_GIVE) || to->process->ended)
        return 0;
    if (give_slot(slot, to->process, page->badges[i], page->move_mask >> i & 1, &given) != OK)
        return 0;
    return given->handle;
}

/* Returns how many were dropped. */
static unsigned give_capabilities(struct thread *from, struct thread *to, unsigned count, unsigned accept)
{
    unsigned dropped = 0;

    for (unsigned i = 0; i < count; i++) {
        to->page->capabilities[i] = i < accept ? give_capability(from, to, i) : 0;
        dropped += !to->page->capabilities[i];
    }
    return dropped;
}

static void tell_leases(const struct thread *from, struct thread *to)
{
    for (unsigned i = 0; i < from->lease_count; i++)
        to->page->leases[i] = (struct lease){0, from->leases[i].length, from->leases[i].access};
}

bool message_lend(struct thread *caller, struct thread *receiver)
{
    if (SHAPE_GET_LEASES(caller->frame.rax) > MESSAGE_LEASES || message_keep_leases(caller) != OK)
        return false;
    tell_leases(caller, receiver);
    return true;
}

/* What of the sender's shape the receiver sees. */
#define SEEN (SHAPE_LABEL(~0u) | SHAPE_WORDS(0x7f) | SHAPE_CAPABILITIES(7) | SHAPE_LEASES(3) | SHAPE_MOVE)

/* What is not said in words; returns how many capabilities were dropped. */
static unsigned deliver_the_rest(struct thread *from, struct thread *to, uint64_t shape)
{
    unsigned dropped = 0;

    if (SHAPE_GET_CAPABILITIES(shape))
        dropped = give_capabilities(from, to, SHAPE_GET_CAPABILITIES(shape), SHAPE_GET_ACCEPT(to->frame.rax));
    if (SHAPE_GET_LEASES(shape))
        tell_leases(from, to);
    return dropped;
}

void message_deliver(struct thread *from, struct thread *to, uint64_t badge, uint64_t token)
{
    uint64_t shape = from->frame.rax;
    unsigned dropped = 0;

    if (from->faulting)
        shape = tell_fault(from, to);
    else
        copy_words(from, to, SHAPE_GET_WORDS(shape));
    if (SHAPE_GET_WORDS(shape) > MESSAGE_REGISTER_WORDS)
        copy_more_words(from, to, SHAPE_GET_WORDS(shape));
    to->page->sender = from->sender_identity;
    to->frame.rdi = badge;
    to->frame.rsi = from->call_deadline;
    to->frame.rdx = token;
    if (shape & (SHAPE_CAPABILITIES(7) | SHAPE_LEASES(3)) && !from->faulting)
        dropped = deliver_the_rest(from, to, shape);
    to->frame.rax = OK | (shape & SEEN) | SHAPE_ACCEPT(dropped);
}
