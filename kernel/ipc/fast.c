/*
 * The short path of a message.
 */
#include "kernel/ipc/fast.h"
#include "kernel/base/memory.h"
#include "kernel/sched/timeout.h"

bool fast_path_enabled = true;

/* Words alone: no capabilities, leases or page move, and no label of the kernel's. */
static inline bool is_simple(uint64_t shape)
{
    return !(shape & (SHAPE_LABEL(LABEL_KERNEL) | SHAPE_CAPABILITIES(7) | SHAPE_LEASES(3) | SHAPE_MOVE)) &&
           SHAPE_GET_WORDS(shape) <= MESSAGE_WORDS && SHAPE_GET_ACCEPT(shape) <= MESSAGE_CAPABILITIES;
}

/* Words four by four; those past the sender's count arrive as zero. */
static inline void carry_words(const struct thread *from, struct thread *to, unsigned count)
{
    const struct frame *source = &from->frame;
    struct frame *target = &to->frame;

    target->r10 = source->r10;
    target->r8 = source->r8;
    target->r9 = source->r9;
    target->rbx = source->rbx;
    if (count <= 4) {
        target->r12 = target->r13 = target->r14 = target->r15 = 0;
    } else {
        target->r12 = source->r12;
        target->r13 = source->r13;
        target->r14 = source->r14;
        target->r15 = source->r15;
    }
    if (count > MESSAGE_REGISTER_WORDS)
        memory_copy(to->page->words + MESSAGE_REGISTER_WORDS, from->page->words + MESSAGE_REGISTER_WORDS,
                    (count - MESSAGE_REGISTER_WORDS) * sizeof(uint64_t));
    else if (count % 4 || !count)
        message_clear_words(target, count);
}

static inline void carry(struct thread *from, struct thread *to, uint64_t badge, uint64_t token)
{
    uint64_t shape = from->frame.rax;

    carry_words(from, to, SHAPE_GET_WORDS(shape));
    to->page->sender = from->sender_identity;
    to->frame.rax = shape & (SHAPE_LABEL(~0u) | SHAPE_WORDS(0x7f)); /* status OK */
    to->frame.rdi = badge;
    to->frame.rdx = token;
}

struct thread *fast_call(struct thread *self, struct frame *frame)
{
    struct slot *slot = slot_find(&self->process->table, frame->rdi);
    struct endpoint *endpoint;
    struct thread *receiver;

    if (!slot || slot->object->type != OBJECT_ENDPOINT || slot->object->dead || !(slot->rights & RIGHT_SEND) ||
        !is_simple(frame->rax))
        return 0;
    endpoint = endpoint_of(slot->object);
    receiver = thread_of_queue(endpoint->receivers.next);
    if (list_is_empty(&endpoint->receivers) || receiver->priority < self->priority ||
        !schedule_can_switch(receiver) || !fast_path_enabled)
        return 0;

    /* ---- from here on nothing fails ---- */
    thread_leave_waiting(receiver);
    thread_wait_in(self, THREAD_CALLING, &receiver->clients);
    receiver->serving = self;
    self->server = receiver;
    self->call_deadline = frame->rsi;
    if (frame->rsi != DEADLINE_FOREVER)
        deadline_arm(self, frame->rsi);
    receiver->frame.rsi = frame->rsi;
    thread_table[self->index].call_number++;
    carry(self, receiver, slot->badge, thread_token(self));
    schedule_switch(receiver);
    return receiver;
}

struct thread *fast_reply_recv(struct thread *self, struct frame *frame)
{
    struct slot *slot = slot_find(&self->process->table, frame->rdi);
    struct thread *client = thread_of_token(frame->rdx);
    struct endpoint *endpoint;

    if (!client || client->server != self || client->faulting || self->priority != self->base_priority || !slot ||
        slot->object->type != OBJECT_ENDPOINT || slot->object->dead || !(slot->rights & RIGHT_RECEIVE) ||
        !is_simple(frame->rax) || frame->rsi != DEADLINE_FOREVER)
        return 0;
    endpoint = endpoint_of(slot->object);
    if (endpoint_has_arrivals(endpoint) || self->bound != &endpoint->senders || !schedule_can_switch(client) ||
        !fast_path_enabled)
        return 0;

    /* ---- from here on nothing fails ---- */
    thread_leave_waiting(client);
    self->serving = 0;
    client->frame.rsi = DEADLINE_FOREVER;
    carry(self, client, 0, 0);
    thread_wait_in(self, THREAD_RECEIVING, &endpoint->receivers);
    self->endpoint = endpoint;
    schedule_switch(client);
    return client;
}
