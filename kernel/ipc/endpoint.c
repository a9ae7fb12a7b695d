/*
 * Endpoints and their events.
 */
#include "kernel/base/trace.h"
#include "kernel/ipc/ipc.h"

uint64_t one_frame_charge(const struct object *object)
{
    (void)object;
    return 1;
}

int endpoint_create(struct process *payer, handle_t *handle)
{
    struct endpoint *endpoint;
    struct slot *slot;
    void *object;
    int status = object_create(payer, 1, &object, &slot);

    if (status != OK)
        return status;
    endpoint = object;
    sender_queue_init(&endpoint->senders);
    list_init(&endpoint->receivers);
    list_init(&endpoint->events);
    *handle = object_publish(&endpoint->object, OBJECT_ENDPOINT, slot);
    return OK;
}

int endpoint_bind(struct endpoint *endpoint, struct notification *notification)
{
    if (!notification) {
        if (endpoint->bound)
            endpoint->bound->bound = 0;
        endpoint->bound = 0;
        return OK;
    }
    if (endpoint->bound || notification->bound)
        return E_BUSY;
    endpoint->bound = notification;
    notification->bound = endpoint;
    notification_signal(notification, 0); /* bits that came before find a receiver now */
    return OK;
}

bool endpoint_destroy_step(struct object *object, unsigned budget)
{
    struct endpoint *endpoint = endpoint_of(object);
    int priority;

    endpoint_bind(endpoint, 0);
    for (; budget && (priority = priority_queue_highest(&endpoint->senders.waiting)) >= 0; budget--)
        sender_fail(thread_of_queue(priority_queue_first(&endpoint->senders.waiting, priority)), E_DEAD);
    for (; budget && !list_is_empty(&endpoint->receivers); budget--)
        wake(thread_of_queue(endpoint->receivers.next), E_DEAD, 0);
    for (; budget && !list_is_empty(&endpoint->events); budget--)
        list_remove(endpoint->events.next);
    for (; budget && !list_is_empty(&endpoint->senders.servers); budget--)
        inherit_bind(container_of(endpoint->senders.servers.next, struct thread, binding), 0);
    return budget;
}

struct thread *queue_find_alive(struct link *queue, unsigned budget)
{
    for (; budget && !list_is_empty(queue); budget--) {
        struct thread *first = thread_of_queue(queue->next);

        if (!first->process->ended)
            return first;
        thread_halt(first);
    }
    return 0;
}

struct thread *endpoint_next_sender(struct endpoint *endpoint, bool *more)
{
    *more = false;
    for (unsigned budget = STEP_BUDGET; budget; budget--) {
        int priority = priority_queue_highest(&endpoint->senders.waiting);
        struct thread *sender;

        if (priority < 0)
            return 0;
        sender = thread_of_queue(priority_queue_first(&endpoint->senders.waiting, priority));
        if (sender->through->handle == sender->through_handle)
            return sender;
        sender_fail(sender, E_REVOKED);
    }
    *more = true;
    return 0;
}

/* What a receiver finds in its registers that did not come from a thread. */
static void deliver_event(struct thread *receiver, enum arrival arrival, uint32_t label, uint64_t badge, uint64_t word)
{
    struct frame *frame = &receiver->frame;

    trace(TRACE_RECEIVE, receiver->number, 1, 0, label);
    frame->rax = OK | SHAPE_WORDS(1) | SHAPE_ARRIVAL(arrival) | SHAPE_LABEL(label);
    frame->rdi = badge;
    frame->rsi = DEADLINE_FOREVER;
    frame->rdx = 0;
    frame->r10 = word;
    frame->r8 = frame->r9 = frame->rbx = frame->r12 = frame->r13 = frame->r14 = frame->r15 = 0;
}

static void take_first_event(struct endpoint *endpoint, struct thread *receiver)
{
    struct event *event = container_of(endpoint->events.next, struct event, link);

    list_remove(&event->link);
    if (event->type == EVENT_TYPE_EXIT) {
        struct process *process = container_of(event, struct process, exit);

        deliver_event(receiver, ARRIVAL_EVENT, LABEL_EXIT, process->exit_badge, process->exit_status);
    } else {
        deliver_event(receiver, ARRIVAL_EVENT, LABEL_DRAINED, container_of(event, struct slot, drained)->badge, 0);
    }
}

bool endpoint_take_event(struct endpoint *endpoint, struct thread *receiver)
{
    if (endpoint->bound && endpoint->bound->bits) {
        deliver_event(receiver, ARRIVAL_SIGNAL, 0, 0, endpoint->bound->bits);
        endpoint->bound->bits = 0;
        endpoint->news = !list_is_empty(&endpoint->events);
        return true;
    }
    if (list_is_empty(&endpoint->events)) {
        endpoint->news = false;
        return false;
    }
    take_first_event(endpoint, receiver);
    return true;
}

void endpoint_post_event(struct object *object, struct event *event)
{
    struct endpoint *endpoint = endpoint_of(object);
    struct thread *receiver;

    if (list_is_linked(&event->link))
        return;
    list_append(&endpoint->events, &event->link);
    endpoint->news = true;
    receiver = queue_first_alive(&endpoint->receivers, NO_LIMIT);
    if (receiver && endpoint_take_event(endpoint, receiver))
        thread_ready(receiver);
}
