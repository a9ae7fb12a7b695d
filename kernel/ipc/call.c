/*
 * The five message calls.
 */
#include "kernel/abi/syscall.h"
#include "kernel/base/trace.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/process.h"
#include "kernel/sched/timeout.h"

static struct thread *fail(struct thread *self, int status)
{
    return answer(self, status, 0);
}

/* ---- sending ---- */

/*
 * The message of `sender` (queued or current) arrives at `receiver`. A caller then waits in the receiver's list of
 * clients under its old deadline; a mere sender is done. Not OK: its pages cannot move, and nothing is done.
 */
static inline int hand_over(struct thread *sender, struct thread *receiver)
{
    uint64_t token = 0;
    int status = move_if_asked(sender, receiver);

    if (status != OK)
        return status;
    if (sender->expects_answer) {
        token = sender->token += TOKEN_STEP;
        thread_block_calling(sender, receiver);
        thread_limit_wait(sender, sender->call_deadline);
    }
    trace(TRACE_RECEIVE, receiver->number, message_words(sender), token,
          TRACE_PAIR(sender->number, message_label(sender)));
    message_deliver(sender, receiver, sender->badge, token);
    thread_inherit_from(receiver, sender);
    return OK;
}

/* Only receivers that have ended were found so far. Whoever faulted faults again. */
static struct thread *send_again(struct thread *self)
{
    if (!self->faulting)
        return restart(self, progress_of(self));
    self->faulting = false;
    return self;
}

static struct thread *wait_for_receiver(struct thread *self, struct endpoint *endpoint, uint64_t deadline)
{
    int status = move_check(self);

    if (status == OK && deadline == DEADLINE_POLL)
        status = E_TIMEOUT;
    if (status != OK)
        return fail(self, status);
    thread_block_sending(self, &endpoint->senders);
    thread_limit_wait(self, deadline);
    return PICK;
}

struct thread *send_or_wait(struct thread *self, struct endpoint *endpoint, uint64_t deadline)
{
    struct thread *receiver = queue_first_alive(&endpoint->receivers, STEP_BUDGET);
    int status;

    trace(self->expects_answer ? TRACE_CALL : TRACE_SEND, self->number, message_words(self),
          self->expects_answer ? self->token + TOKEN_STEP : 0, TRACE_PAIR(TRACE_OBJECT(endpoint), message_label(self)));
    if (!receiver && !list_is_empty(&endpoint->receivers))
        return send_again(self);
    if (!receiver)
        return wait_for_receiver(self, endpoint, deadline);
    status = hand_over(self, receiver);
    if (status != OK)
        return fail(self, status);
    if (self->expects_answer) {
        thread_chosen(receiver);
        return receiver;
    }
    thread_ready(receiver);
    return fail(self, OK);
}

/* A request with more than words: is it right? Its leases are kept. */
static int check_request(struct thread *self, unsigned most_leases)
{
    int status = message_check(self, most_leases);

    return status == OK ? message_keep_leases(self) : status;
}

static struct thread *send(struct thread *self, struct frame *frame, bool expects_answer)
{
    struct slot *slot;
    int status = slot_resolve(&self->process->table, frame->rdi, OBJECT_ENDPOINT, RIGHT_SEND, &slot);

    self->lease_count = 0;
    if (status == OK && !message_is_plain(frame->rax))
        status = check_request(self, expects_answer ? MESSAGE_LEASES : 0);
    if (status != OK)
        return fail(self, status);
    self->through = slot;
    self->through_handle = slot->handle;
    self->badge = slot->badge;
    self->expects_answer = expects_answer;
    self->call_deadline = frame->rsi;
    return send_or_wait(self, endpoint_of(slot->object), frame->rsi);
}

struct thread *sys_send(struct thread *self, struct frame *frame)
{
    return send(self, frame, false);
}

struct thread *sys_call(struct thread *self, struct frame *frame)
{
    return send(self, frame, true);
}

/* ---- receiving ---- */

/* A queued sender's message is taken: a mere sender is done, a caller waits for the answer. False if its pages cannot
 * move: then it is sent away. */
static bool take_from(struct thread *sender, struct thread *self)
{
    int status = hand_over(sender, self);

    if (status != OK)
        sender_fail(sender, status);
    else if (!sender->expects_answer)
        wake(sender, OK, 0);
    return status == OK;
}

/* Takes what waits: then the receiver goes on; 0 if that was nothing. */
static struct thread *take_arrival(struct thread *self, struct endpoint *endpoint)
{
    struct thread *sender;
    bool more;

    if (endpoint_take_event(endpoint, self))
        return self;
    sender = endpoint_next_sender(endpoint, &more);
    if (sender && take_from(sender, self))
        return self;
    if (!sender && !more)
        return 0;
    /* A step's worth of senders was sent away: again, as a mere recv, for the reply is done. */
    self->frame.rax = SYS_RECV | (self->frame.rax & (SHAPE_ACCEPT(7) | SHAPE_WINDOW));
    return restart(self, progress_of(self));
}

static struct thread *receive(struct thread *self, struct endpoint *endpoint, uint64_t deadline)
{
    struct thread *verdict;

    thread_park_client(self); /* a token that is kept lends nothing from here on */
    if (self->bound != &endpoint->senders)
        inherit_bind(self, &endpoint->senders);
    if (self->priority != self->base_priority)
        inherit_update(self);
    if (endpoint_has_arrivals(endpoint) && (verdict = take_arrival(self, endpoint)))
        return verdict;
    if (deadline == DEADLINE_POLL)
        return fail(self, E_TIMEOUT);
    return wait_in(self, THREAD_RECEIVING, &endpoint->receivers, deadline);
}

static int resolve_receive(struct thread *self, struct frame *frame, struct endpoint **endpoint)
{
    struct slot *slot;
    int status = slot_resolve(&self->process->table, frame->rdi, OBJECT_ENDPOINT, RIGHT_RECEIVE, &slot);

    if (status == OK)
        *endpoint = endpoint_of(slot->object);
    return status;
}

struct thread *sys_recv(struct thread *self, struct frame *frame)
{
    struct endpoint *endpoint;
    int status = resolve_receive(self, frame, &endpoint);

    if (status != OK)
        return fail(self, status);
    return receive(self, endpoint, frame->rsi);
}

/* ---- answering ---- */

struct thread *client_of_token(const struct thread *self, uint64_t token)
{
    struct thread *client = thread_of_token(token);

    return client && client->server->process == self->process ? client : 0;
}

/* Gives a client its answer; it can run again, but is in no queue yet. False if a fault's answer left it halted. */
static inline bool answer_client(struct thread *self, struct thread *client)
{
    trace(TRACE_REPLY, self->number, SHAPE_GET_WORDS(self->frame.rax), client->token,
          TRACE_PAIR(client->number, SHAPE_GET_LABEL(self->frame.rax)));
    if (client->faulting) {
        fault_answer(client, self);
        return client->state != THREAD_HALTED;
    }
    self->call_deadline = DEADLINE_FOREVER;
    message_deliver(self, client, 0, 0);
    return true;
}

/* An answer with more than words, perhaps to nobody: is it right? Its pages move now. */
static int check_answer(struct thread *self, struct thread *client)
{
    int status = message_check(self, 0);

    if (status != OK || !(self->frame.rax & SHAPE_MOVE))
        return status;
    return client ? move_pages(self, client) : E_STALE;
}

struct thread *sys_reply(struct thread *self, struct frame *frame)
{
    struct thread *client = client_of_token(self, frame->rdx);
    int status = client ? OK : E_STALE;

    if (client && !message_is_plain(frame->rax))
        status = check_answer(self, client);
    if (status == OK && answer_client(self, client))
        thread_ready(client);
    return fail(self, status);
}

struct thread *sys_reply_recv(struct thread *self, struct frame *frame)
{
    struct thread *client = client_of_token(self, frame->rdx), *verdict;
    struct endpoint *endpoint;
    int status = resolve_receive(self, frame, &endpoint);

    if (status == OK && !message_is_plain(frame->rax))
        status = check_answer(self, client);
    if (status != OK)
        return fail(self, status);
    if (client && !answer_client(self, client))
        client = 0;
    if (client)
        thread_chosen(client); /* unless somebody waits for us */
    verdict = receive(self, endpoint, frame->rsi);
    if (!client)
        return verdict;
    if (verdict == PICK)
        return client;
    thread_ready(client);
    return verdict;
}

struct thread *sys_adopt(struct thread *self, struct frame *frame)
{
    struct thread *client = client_of_token(self, frame->rdi), *before;

    if (!client)
        return answer(self, E_STALE, 0);
    before = client->server;
    if (before->serving == client)
        before->serving = 0;
    else
        list_take(&client->queue);
    inherit_update(before);
    thread_park_client(self);
    client->server = self;
    self->serving = client;
    inherit_update(self);
    return answer(self, OK, 0);
}

/* ---- the ends that nobody asked for ---- */

void ipc_expire(struct thread *thread)
{
    int status = thread->state == THREAD_CALLING ? E_NO_ANSWER : E_TIMEOUT;

    trace_rare(TRACE_EXPIRE, thread->number, (unsigned)status, thread_call(thread), thread->deadline);
    wake(thread, status, 0);
}

void sender_fail(struct thread *sender, int status)
{
    trace(TRACE_CANCEL, sender->number, (unsigned)status, thread_call(sender), 0);
    if (!sender->faulting) {
        wake(sender, status, 0);
        return;
    }
    process_end(sender->process, FAULT_EXIT_STATUS + sender->frame.vector);
    thread_halt(sender);
}

bool clients_fail(struct thread *server, unsigned budget)
{
    thread_park_client(server);
    for (; budget && !list_is_empty(&server->parked); budget--)
        sender_fail(thread_of_queue(server->parked.next), E_SERVER_DIED);
    return list_is_empty(&server->parked);
}

bool thread_destroy_step(struct object *object, unsigned budget)
{
    struct thread *thread = container_of(object, struct thread, object);

    if (!thread_stop(thread))
        return false;
    if (!clients_fail(thread, budget))
        return false;
    thread_release(thread);
    return true;
}
