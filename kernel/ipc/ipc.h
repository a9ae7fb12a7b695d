/*
 * Messages between threads. One call reads, from the client's syscall to the server's return:
 *
 *   sys_call -> send_or_wait -> hand_over -> message_deliver      (call.c, message.c)
 *   verdict: the receiver -> schedule()
 *   server:  sys_reply_recv -> answer_client -> message_deliver -> receive -> verdict: the client
 *
 * System call handlers take the calling thread and its frame and return a verdict (sched/sched.h).
 * Context of everything here: kernel lock held.
 */
#pragma once
#include "kernel/ipc/endpoint.h"

/* ---- call.c ---- */
struct thread *sys_send(struct thread *self, struct frame *frame);
struct thread *sys_recv(struct thread *self, struct frame *frame);
struct thread *sys_reply(struct thread *self, struct frame *frame);
struct thread *sys_call(struct thread *self, struct frame *frame);
struct thread *sys_reply_recv(struct thread *self, struct frame *frame);
struct thread *sys_adopt(struct thread *self, struct frame *frame);

/* Delivers what `self` has to say, or queues it: the rest of send, call and fault. */
struct thread *send_or_wait(struct thread *self, struct endpoint *endpoint, uint64_t deadline);
/* The deadline of a blocked thread has passed (it is disarmed): ends its call with the status that is true. */
void ipc_expire(struct thread *thread);
/* Ends what a thread was sending or calling: with a status, or, where it was a fault, the process. */
void sender_fail(struct thread *sender, int status);
/* Answers at most `budget` of the clients of a server thread with E_SERVER_DIED; true when none is left. */
bool clients_fail(struct thread *server, unsigned budget);
/* The client of a token that this process serves, 0 if it does not. */
struct thread *client_of_token(const struct thread *self, uint64_t token);
/* Object kind Thread: answers its clients, then takes it apart. */
bool thread_destroy_step(struct object *object, unsigned budget);

/* ---- message.c ---- */
/* What a thread sends: a message, or its fault. */
static inline uint32_t message_label(const struct thread *from)
{
    return from->faulting ? LABEL_FAULT : SHAPE_GET_LABEL(from->frame.rax);
}
static inline unsigned message_words(const struct thread *from)
{
    return from->faulting ? FAULT_WORDS : SHAPE_GET_WORDS(from->frame.rax);
}
/* Has this message nothing but words, of which there are not too many? */
static inline bool message_is_plain(uint64_t shape)
{
    return !(shape & (SHAPE_LABEL(LABEL_KERNEL) | SHAPE_CAPABILITIES(7) | SHAPE_LEASES(3) | SHAPE_MOVE)) &&
           SHAPE_GET_WORDS(shape) <= MESSAGE_WORDS;
}
/* Checks the shape in a sender's rax and the capabilities in its message page. E_ARGUMENT, E_HANDLE, E_RIGHTS. */
int message_check(const struct thread *sender, unsigned most_leases);
/* Keeps the leases of a caller as they are now. E_ARGUMENT. */
int message_keep_leases(struct thread *caller);
/* The same, and tells the receiver. False if they are not right: nothing else has changed. */
bool message_lend(struct thread *caller, struct thread *receiver);
/* Moves the message of `from` to the registers and message page of `to`, which is blocked or about to return. */
void message_deliver(struct thread *from, struct thread *to, uint64_t badge, uint64_t token);

/* ---- move.c ---- */
/* Can the pages that a sender wants to move leave it? What move_pages() says about the sender's side. */
int move_check(const struct thread *sender);
/* Moves the pages that travel with the message of `from` into the window of `to`: all of them, or a status that says
 * why not, and nothing has changed. The message must be delivered next. */
int move_pages(struct thread *from, struct thread *to);
static inline int move_if_asked(struct thread *from, struct thread *to)
{
    return from->frame.rax & SHAPE_MOVE ? move_pages(from, to) : OK;
}

/* ---- lease.c ---- */
struct thread *sys_lease_read(struct thread *self, struct frame *frame);
struct thread *sys_lease_write(struct thread *self, struct frame *frame);

/* ---- notify.c ---- */
struct thread *sys_signal(struct thread *self, struct frame *frame);
struct thread *sys_wait(struct thread *self, struct frame *frame);

/* ---- fault.c ---- */
/* The current thread met an exception: tells its process's fault endpoint, or ends the process. */
struct thread *fault_raise(struct thread *self, uint64_t address);
/* Does the answer to a fault that `server` is about to give let the thread go on? It brings no pages. */
static inline bool fault_is_resumed(const struct thread *server)
{
    return SHAPE_GET_WORDS(server->frame.rax) >= 1 && server->frame.r10 == FAULT_RESUME &&
           !(server->frame.rax & SHAPE_MOVE);
}
/* Applies a fault handler's answer (in `server`) to the thread that faulted. */
void fault_answer(struct thread *client, struct thread *server);
