/*
 * Notifications.
 */
#include "kernel/base/trace.h"
#include "kernel/ipc/device.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/timeout.h"

int notification_create(struct process *payer, handle_t *handle)
{
    struct notification *notification;
    struct slot *slot;
    void *object;
    int status = object_create(payer, 1, &object, &slot);

    if (status != OK)
        return status;
    notification = object;
    list_init(&notification->waiters);
    list_init(&notification->irqs);
    *handle = object_publish(&notification->object, OBJECT_NOTIFICATION, slot);
    return OK;
}

bool notification_destroy_step(struct object *object, unsigned budget)
{
    struct notification *notification = notification_of(object);

    if (notification->bound)
        endpoint_bind(notification->bound, 0);
    for (; budget && !list_is_empty(&notification->waiters); budget--)
        wake(thread_of_queue(notification->waiters.next), E_DEAD, 0);
    for (; budget && !list_is_empty(&notification->irqs); budget--)
        irq_unbind(irq_of_link(notification->irqs.next));
    return budget;
}

/* The next waiter that may still run, still queued; 0 if there is none. */
static inline struct thread *take_waiter(struct notification *notification)
{
    while (!list_is_empty(&notification->waiters)) {
        struct thread *waiter = thread_of_queue(notification->waiters.next);

        if (!waiter->process->ended)
            return waiter;
        thread_halt(waiter);
    }
    return 0;
}

static inline void set_bits(struct notification *notification, uint64_t bits)
{
    struct thread *taker;

    trace(TRACE_SIGNAL, 0, 0, TRACE_OBJECT(notification), bits);
    taker = take_waiter(notification);
    if (taker) { /* so no bits waited */
        if (bits)
            wake(taker, OK, bits);
        return;
    }
    notification->bits |= bits;
    if (!notification->bits || !notification->bound)
        return;
    notification->bound->news = true;
    taker = endpoint_take_receiver(notification->bound);
    if (taker && endpoint_take_event(notification->bound, taker))
        thread_ready(taker);
}

void notification_signal(struct notification *notification, uint64_t bits)
{
    set_bits(notification, bits);
}

struct thread *sys_signal(struct thread *self, struct frame *frame)
{
    struct slot *slot;
    int status = slot_resolve(&self->process->table, frame->rdi, OBJECT_NOTIFICATION, RIGHT_SIGNAL, &slot);

    if (status == OK)
        set_bits(notification_of(slot->object), frame->rsi);
    return answer(self, status, 0);
}

struct thread *sys_wait(struct thread *self, struct frame *frame)
{
    struct notification *notification;
    uint64_t bits, deadline = frame->rsi;
    struct slot *slot;
    int status = slot_resolve(&self->process->table, frame->rdi, OBJECT_NOTIFICATION, RIGHT_WAIT, &slot);

    if (status != OK)
        return answer(self, status, 0);
    notification = notification_of(slot->object);
    if (notification->bits) {
        bits = notification->bits;
        notification->bits = 0;
        return answer(self, OK, bits);
    }
    if (deadline == DEADLINE_POLL)
        return answer(self, E_TIMEOUT, 0);
    return wait_in(self, THREAD_WAITING, &notification->waiters, deadline);
}
