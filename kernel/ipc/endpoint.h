/*
 * Endpoints: where senders and receivers meet, and notifications: bits that wait for a taker.
 *
 * An endpoint has waiting receivers, or waiting senders and events, or neither: never both. A receiver takes, in this
 * order: the bits of the bound notification, an event, the sender with the highest priority that waited longest.
 * Context of everything here: kernel lock held.
 */
#pragma once
#include "kernel/sched/answer.h"

struct endpoint {
    struct object object;
    struct sender_queue senders; /* SENDING threads */
    struct link receivers;       /* RECEIVING threads, first come first served */
    struct link events;          /* struct event */
    bool news;                   /* false only if neither an event nor a bit of `bound` waits */
    struct notification *bound;
};
_Static_assert(sizeof(struct endpoint) <= PAGE_SIZE, "an Endpoint object is one frame");

struct notification {
    struct object object;
    uint64_t bits;
    struct link waiters; /* WAITING threads */
    struct endpoint *bound;
    struct link irqs; /* Irq objects that signal it */
};

static inline struct endpoint *endpoint_of(struct object *object)
{
    return container_of(object, struct endpoint, object);
}
static inline struct notification *notification_of(struct object *object)
{
    return container_of(object, struct notification, object);
}

uint64_t one_frame_charge(const struct object *object);
int endpoint_create(struct process *payer, handle_t *handle);
int notification_create(struct process *payer, handle_t *handle);
bool endpoint_destroy_step(struct object *object, unsigned budget);
bool notification_destroy_step(struct object *object, unsigned budget);
void endpoint_post_event(struct object *object, struct event *event);

/* Binds or (notification 0) unbinds. E_BUSY. */
int endpoint_bind(struct endpoint *endpoint, struct notification *notification);

/* May a receiver find anything at once? False only if not. */
static inline bool endpoint_has_arrivals(const struct endpoint *endpoint)
{
    return endpoint->news || endpoint->senders.waiting.bitmap;
}
/* The first thread in a queue of receivers or waiters that may still run, still queued; those before it are halted, at
 * most `budget`. 0: there is none, or, if the queue is not empty then, none was found yet. */
struct thread *queue_find_alive(struct link *queue, unsigned budget);
static inline struct thread *queue_first_alive(struct link *queue, unsigned budget)
{
    struct thread *first = thread_of_queue(queue->next);

    if (list_is_empty(queue))
        return 0;
    return first->process->ended ? queue_find_alive(queue, budget) : first;
}
#define NO_LIMIT ~0u /* a budget for events and interrupts, which nobody could repeat */
/* The next sender whose capability is still there, still queued; senders without are sent away (at most a step's
 * worth: then *more is true and there may be others). 0 if none. */
struct thread *endpoint_next_sender(struct endpoint *endpoint, bool *more);
/* Gives waiting bits or an event to a thread that receives. False if there is neither. */
bool endpoint_take_event(struct endpoint *endpoint, struct thread *receiver);

/* Sets bits; wakes who waits for them. */
void notification_signal(struct notification *notification, uint64_t bits);
