/*
 * The short path of a message: a call that finds its server waiting, and a reply_recv that finds nobody else.
 *
 * Both check everything first, then do nothing but stores that cannot fail. Where a check does not hold they have
 * changed nothing, and call.c does the same work the general way: same results, only longer (a test runs both and
 * compares). What is special here is only what is absent: no capabilities, no leases, no donation to compute, nobody
 * better ready.
 */
#include "kernel/base/check.h"
#include "kernel/base/memory.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/timeout.h"

/* Values of the leases field that a message may have. */
enum { ONE_LEASE = 1, TWO_LEASES = 2 };

/* Words and at most these leases: no capabilities or page move, no label of the kernel's, not too many words. */
static inline bool is_simple(uint64_t shape, unsigned leases)
{
    return !(shape & (SHAPE_LABEL(LABEL_KERNEL) | SHAPE_CAPABILITIES(7) | SHAPE_LEASES(3 & ~leases) | SHAPE_MOVE)) &&
           SHAPE_GET_WORDS(shape) <= MESSAGE_WORDS;
}

/* The words that are in no register, or zeroes in the registers past the last word. */
static COLD void carry_odd_words(const struct thread *from, struct thread *to, unsigned count)
{
    if (count > MESSAGE_REGISTER_WORDS)
        memory_copy(to->page->words + MESSAGE_REGISTER_WORDS, from->page->words + MESSAGE_REGISTER_WORDS,
                    (count - MESSAGE_REGISTER_WORDS) * sizeof(uint64_t));
    else
        message_clear_words(&to->frame, count);
}

/* The message itself, status OK. */
static inline void carry(struct thread *from, struct thread *to, uint64_t badge, uint64_t token)
{
    const struct frame *source = &from->frame;
    struct frame *target = &to->frame;
    unsigned count = SHAPE_GET_WORDS(source->rax);

    target->rax = source->rax & (SHAPE_LABEL(~0u) | SHAPE_WORDS(0x7f) | SHAPE_LEASES(3));
    target->rdi = badge;
    target->rdx = token;
    to->page->sender = from->sender_identity;
    target->r10 = source->r10;
    target->r8 = source->r8;
    target->r9 = source->r9;
    target->rbx = source->rbx;
    if (count == 4) {
        target->r12 = target->r13 = target->r14 = target->r15 = 0;
        return;
    }
    target->r12 = source->r12;
    target->r13 = source->r13;
    target->r14 = source->r14;
    target->r15 = source->r15;
    if (count != MESSAGE_REGISTER_WORDS)
        carry_odd_words(from, to, count);
}

static inline struct endpoint *find_endpoint(struct thread *self, handle_t handle, unsigned right, uint64_t *badge)
{
    const struct slot *slot = slot_find(&self->process->table, handle);

    if (!slot || !object_is(slot->object, OBJECT_ENDPOINT) || !(slot->rights & right))
        return 0;
    *badge = slot->badge;
    return endpoint_of(slot->object);
}

struct thread *sys_call(struct thread *self, struct frame *frame)
{
    uint64_t badge;
    struct endpoint *endpoint = find_endpoint(self, frame->rdi, RIGHT_SEND, &badge);
    struct percpu *cpu = percpu();
    struct thread *receiver;

    if (!endpoint || list_is_empty(&endpoint->receivers) || !is_simple(frame->rax, ONE_LEASE | TWO_LEASES))
        return slow_call(self, frame);
    receiver = thread_of_queue(endpoint->receivers.next);
    if (receiver->priority < self->priority || !schedule_can_switch(cpu, receiver))
        return slow_call(self, frame);
    if (frame->rax & SHAPE_LEASES(3) && !message_lend(self, receiver))
        return slow_call(self, frame);

    /* ---- from here on nothing fails ---- */
    thread_leave_waiting(receiver);
    thread_wait_in(self, THREAD_CALLING, &receiver->clients);
    receiver->serving = self;
    self->server = receiver;
    self->call_deadline = receiver->frame.rsi = frame->rsi;
    carry(self, receiver, badge, self->token += TOKEN_STEP);
    schedule_switch(cpu, receiver);
    if (self->call_deadline != DEADLINE_FOREVER)
        deadline_arm(self, self->call_deadline);
    return receiver;
}

struct thread *sys_reply_recv(struct thread *self, struct frame *frame)
{
    uint64_t badge;
    struct endpoint *endpoint = find_endpoint(self, frame->rdi, RIGHT_RECEIVE, &badge);
    struct thread *client = thread_of_token(frame->rdx);
    struct percpu *cpu = percpu();

    if (!client || client->server != self || client->faulting || self->priority != self->base_priority || !endpoint ||
        !is_simple(frame->rax, 0) || frame->rsi != DEADLINE_FOREVER)
        return slow_reply_recv(self, frame);
    if (endpoint_has_arrivals(endpoint) || self->bound != &endpoint->senders || !schedule_can_switch(cpu, client))
        return slow_reply_recv(self, frame);

    /* ---- from here on nothing fails ---- */
    thread_leave_waiting(client);
    self->serving = 0;
    client->frame.rsi = DEADLINE_FOREVER;
    carry(self, client, 0, 0);
    thread_wait_in(self, THREAD_RECEIVING, &endpoint->receivers);
    schedule_switch(cpu, client);
    return client;
}
