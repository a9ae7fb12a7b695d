/*
 * Queues by priority: a bitmap and one list each. Insertion, removal and finding the highest are O(1). Pure.
 * Used for ready threads and for senders at an endpoint.
 */
#pragma once
#include "kernel/abi/layout.h"
#include "kernel/base/list.h"
#include <stdint.h>

struct priority_queue {
    uint32_t bitmap; /* bit p: list p is not empty */
    struct link lists[PRIORITIES];
};

void priority_queue_init(struct priority_queue *queue);

static inline void priority_queue_append(struct priority_queue *queue, struct link *link, unsigned priority)
{
    list_append(&queue->lists[priority], link);
    queue->bitmap |= 1u << priority;
}

static inline void priority_queue_remove(struct priority_queue *queue, struct link *link, unsigned priority)
{
    list_take(link);
    if (list_is_empty(&queue->lists[priority]))
        queue->bitmap &= ~(1u << priority);
}

/* Takes the first of those with this priority, of which there are some. */
static inline struct link *priority_queue_take_first(struct priority_queue *queue, unsigned priority)
{
    struct link *head = &queue->lists[priority], *first = head->next;

    list_take_first(head, first);
    if (list_is_empty(head))
        queue->bitmap &= ~(1u << priority);
    return first;
}

/* The highest priority present, -1 if empty. */
static inline int priority_queue_highest(const struct priority_queue *queue)
{
    return queue->bitmap ? 31 - __builtin_clz(queue->bitmap) : -1;
}
static inline struct link *priority_queue_first(const struct priority_queue *queue, int priority)
{
    return queue->lists[priority].next;
}
