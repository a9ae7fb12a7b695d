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

/* The usual case: somebody waits, so no bits do, and takes these. */
static inline bool wake_waiter(struct notification *notification, uint64_t bits)
{
    struct thread *first = thread_of_queue(notification->waiters.next);

    if (list_is_empty(&notification->waiters) || first->process->ended || !bits)
        return false;
    trace(TRACE_SIGNAL, 0, 0, TRACE_OBJECT(notification), bits);
    wake(first, OK, bits);
    return true;
}

/* All other cases. False if only waiters that have ended were found, `budget` of them, and nothing else is done yet. */
static APART bool set_bits(struct notification *notification, uint64_t bits, unsigned budget)
{
    struct thread *taker;

    queue_find_alive(&notification->waiters, budget);
    if (wake_waiter(notification, bits))
        return true;
    if (!list_is_empty(&notification->waiters))
        return !bits;
    trace(TRACE_SIGNAL, 0, 0, TRACE_OBJECT(notification), bits);
    notification->bits |= bits;
    if (!notification->bits || !notification->bound)
        return true;
    notification->bound->news = true;
    taker = queue_first_alive(&notification->bound->receivers, NO_LIMIT);
    if (taker && endpoint_take_event(notification->bound, taker))
        thread_ready(taker);
    return true;
}

void notification_signal(struct notification *notification, uint64_t bits)
{
    if (!wake_waiter(notification, bits))
        set_bits(notification, bits, NO_LIMIT);
}

struct thread *sys_signal(struct thread *self, struct frame *frame)
{
    struct slot *slot;
    int status = slot_resolve(&self->process->table, frame->rdi, OBJECT_NOTIFICATION, RIGHT_SIGNAL, &slot);

    if (status == OK && !wake_waiter(notification_of(slot->object), frame->rsi) &&
        !set_bits(notification_of(slot->object), frame->rsi, STEP_BUDGET))
        return restart(self, 0);
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
