/*
 * The mutex of thread.h: one atomic word, and a notification to sleep on when two threads meet.
 *
 * Why no wake-up is lost: a waiter sets state 2 only after the notification exists, and the holder that finds 2 signals
 * it. The bit stays set until somebody takes it, so a signal before the wait is not lost either.
 */
#include "user/lib/thread.h"

enum { FREE = 0, HELD = 1, CONTENDED = 2 };

/* The mutex's notification, made on first need; 0 if the quota does not allow one. */
static handle_t waiting_place(struct mutex *mutex)
{
    handle_t present = __atomic_load_n(&mutex->notification, __ATOMIC_ACQUIRE);
    handle_t fresh;
    if (present || sys_notification_create(SELF, &fresh) != OK)
        return present;
    if (__atomic_compare_exchange_n(&mutex->notification, &present, fresh, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fresh;
    sys_cap_delete(SELF, fresh); /* another thread was first */
    return present;
}

void mutex_lock(struct mutex *mutex)
{
    unsigned expected = FREE;
    if (__atomic_compare_exchange_n(&mutex->state, &expected, HELD, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    handle_t place = waiting_place(mutex);
    while (__atomic_exchange_n(&mutex->state, CONTENDED, __ATOMIC_ACQUIRE) != FREE) {
        uint64_t bits;
        if (place)
            sys_wait(place, DEADLINE_FOREVER, &bits);
        else
            sys_yield();
    }
}

void mutex_unlock(struct mutex *mutex)
{
    if (__atomic_exchange_n(&mutex->state, FREE, __ATOMIC_RELEASE) == CONTENDED && mutex->notification)
        sys_signal(mutex->notification, 1);
}
