/*
 * The short path of a message: a call that finds its server waiting, a reply_recv that finds nobody else, and a reply.
 *
 * All check everything first, then do nothing but stores that cannot fail. Where a check does not hold they have
 * changed nothing, and call.c does the same work the general way: same results, only longer (a test runs both and
 * compares). What is special here is only what is absent: no capabilities, no chain of donations, nobody better ready.
 *
 * entry.asm calls them straight from the system call. The message's words stay in their registers from the sender's
 * `syscall` to the receiver's `sysret`: words 3 to 7 in rbx and r12 to r15, which C functions preserve, words 0 to 2 in
 * the sender's frame. Only what has another meaning at the receiver is written here.
 */
#include "kernel/base/check.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/words.h"
#include "kernel/sched/timeout.h"

/* What no message on this path has: a label of the kernel's, capabilities. */
#define NOT_SIMPLE (SHAPE_LABEL(LABEL_KERNEL) | SHAPE_CAPABILITIES(7))
/* What of the sender's shape the receiver sees; the status, OK, is 0. */
#define SEEN (SHAPE_LABEL(~0u) | SHAPE_WORDS(0x7f) | SHAPE_LEASES(3) | SHAPE_MOVE)

/*
 * Deadlines, leases, page moves and words that are in no register need calls of other functions, and so registers of
 * their own. So that the messages without do not pay for that, each operation is compiled twice: PLAIN, which hands
 * over to the other before anything has changed, and WITH_EXTRAS.
 */
enum variant { PLAIN, WITH_EXTRAS };
#define COMPILED_TWICE static inline __attribute__((always_inline))
#define NOT_INLINE     static __attribute__((noinline))

static const struct delivery declined = {E_SYSCALL, 0}; /* any status but OK */

static inline bool has_extras(const struct frame *frame)
{
    uint64_t shape = frame->rax;

    return shape & (NOT_SIMPLE | SHAPE_LEASES(3) | SHAPE_MOVE) || (uint8_t)(shape >> 8) > MESSAGE_REGISTER_WORDS;
}

static inline bool is_simple(uint64_t shape)
{
    return !(shape & NOT_SIMPLE) && SHAPE_GET_WORDS(shape) <= MESSAGE_WORDS;
}

/* The capability of an endpoint that the caller's handle names; 0 if there is none, or without this right. */
static inline const struct slot *find_endpoint(const struct thread *self, unsigned right)
{
    const struct slot *slot = slot_find(&self->process->table, self->frame.rdi);

    return slot && object_is(slot->object, OBJECT_ENDPOINT) && slot->rights & right ? slot : 0;
}

/* What of the message does not travel in registers. */
COMPILED_TWICE void carry(const struct thread *from, struct thread *to, enum variant variant)
{
    unsigned count = SHAPE_GET_WORDS(from->frame.rax);

    to->page->sender = from->sender_identity;
    if (variant == WITH_EXTRAS && count > MESSAGE_REGISTER_WORDS)
        copy_more_words(from, to, count);
}

/* ---- call ---- */

static struct delivery call_with_extras(struct thread *self);

COMPILED_TWICE struct delivery call(struct thread *self, enum variant variant)
{
    struct percpu *cpu = percpu();
    const struct slot *slot = find_endpoint(self, RIGHT_SEND);
    struct endpoint *endpoint;
    struct thread *receiver;

    if (!slot)
        return declined;
    endpoint = endpoint_of(slot->object);
    receiver = thread_of_queue(endpoint->receivers.next);
    if (list_is_empty(&endpoint->receivers) || !schedule_can_switch(cpu, receiver))
        return declined;
    if (variant == PLAIN && receiver->heap_place != NOT_ARMED)
        return call_with_extras(self);
    if (variant == WITH_EXTRAS && !is_simple(self->frame.rax))
        return declined;
    self->lease_count = 0;
    if (variant == WITH_EXTRAS && self->frame.rax & SHAPE_LEASES(3) && !message_lend(self, receiver))
        return declined;
    if (variant == WITH_EXTRAS && move_if_asked(self, receiver) != OK)
        return declined;

    /* ---- from here on nothing fails ---- */
    if (variant == WITH_EXTRAS)
        thread_forget_deadline(receiver);
    list_take_first(&endpoint->receivers, &receiver->queue);
    receiver->state = THREAD_RUNNING;
    receiver->serving = self;
    if (receiver->priority < self->priority) /* nobody waits at its endpoint, so it inherits from its client alone */
        receiver->priority = self->priority;
    receiver->frame.rdi = slot->badge;
    self->state = THREAD_CALLING;
    self->server = receiver;
    self->token += TOKEN_STEP;
    carry(self, receiver, variant);
    schedule_account(cpu, self);
    schedule_switch(cpu, receiver);
    if (variant == WITH_EXTRAS)
        thread_limit_wait(self, self->frame.rsi);
    return (struct delivery){self->frame.rax & SEEN, self->token};
}

NOT_INLINE struct delivery call_with_extras(struct thread *self)
{
    return call(self, WITH_EXTRAS);
}

struct delivery fast_call(struct frame *frame)
{
    if (frame->rsi != DEADLINE_FOREVER || has_extras(frame))
        return call_with_extras(thread_of_frame(frame));
    return call(thread_of_frame(frame), PLAIN);
}

/* ---- reply_recv ---- */

static struct delivery reply_recv_with_extras(struct thread *self);

COMPILED_TWICE struct delivery reply_recv(struct thread *self, enum variant variant)
{
    struct percpu *cpu = percpu();
    struct thread *client = self->serving;
    const struct slot *slot;
    struct endpoint *endpoint;

    if (!client || client->token != self->frame.rdx)
        return declined;
    if (variant == PLAIN && (client->heap_place != NOT_ARMED || client->faulting))
        return reply_recv_with_extras(self);
    slot = find_endpoint(self, RIGHT_RECEIVE);
    if (!slot)
        return declined;
    endpoint = endpoint_of(slot->object);
    if (self->bound != &endpoint->senders || endpoint_has_arrivals(endpoint) || !schedule_can_switch(cpu, client))
        return declined;
    if (variant == WITH_EXTRAS && client->faulting && !fault_is_resumed(self))
        return declined;
    if (variant == WITH_EXTRAS &&
        (!is_simple(self->frame.rax) || self->frame.rax & SHAPE_LEASES(3) || self->frame.rsi == DEADLINE_POLL))
        return declined;
    if (variant == WITH_EXTRAS && move_if_asked(self, client) != OK)
        return declined;

    /* ---- from here on nothing fails ---- */
    if (variant == WITH_EXTRAS)
        thread_forget_deadline(client);
    client->state = THREAD_RUNNING;
    self->serving = 0;
    self->priority = self->base_priority; /* nobody waits at its endpoint, either */
    self->state = THREAD_RECEIVING;
    list_append(&endpoint->receivers, &self->queue);
    schedule_account(cpu, self);
    schedule_switch(cpu, client);
    if (variant == WITH_EXTRAS)
        thread_limit_wait(self, self->frame.rsi);
    if (variant == WITH_EXTRAS && client->faulting) {
        fault_answer(client, self);
        return (struct delivery){DELIVERY_IN_FRAME, 0};
    }
    carry(self, client, variant);
    return (struct delivery){self->frame.rax & SEEN, 0};
}

NOT_INLINE struct delivery reply_recv_with_extras(struct thread *self)
{
    return reply_recv(self, WITH_EXTRAS);
}

struct delivery fast_reply_recv(struct frame *frame)
{
    if (frame->rsi != DEADLINE_FOREVER || has_extras(frame))
        return reply_recv_with_extras(thread_of_frame(frame));
    return reply_recv(thread_of_frame(frame), PLAIN);
}

/* ---- reply: the client may run, the server goes on ---- */

bool fast_reply(struct frame *frame)
{
    struct thread *self = thread_of_frame(frame), *client = self->serving;

    if (percpu()->detour || !client || client->token != frame->rdx || client->faulting || has_extras(frame))
        return false;
    if (client->heap_place != NOT_ARMED || self->priority != self->base_priority)
        return false;

    /* ---- from here on nothing fails ---- */
    copy_words(self, client, SHAPE_GET_WORDS(frame->rax));
    client->page->sender = self->sender_identity;
    client->frame.rax = frame->rax & SEEN;
    client->frame.rdi = client->frame.rdx = 0;
    client->frame.rsi = DEADLINE_FOREVER;
    self->serving = 0;
    frame->rax = OK;
    frame->rdx = 0;
    thread_put_back(client);
    schedule_preempt(client);
    return true;
}
