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
void priority_queue_append(struct priority_queue *queue, struct link *link, unsigned priority);
/* Also right for a link that is in no queue. */
void priority_queue_remove(struct priority_queue *queue, struct link *link, unsigned priority);

/* The highest priority present, -1 if empty. */
static inline int priority_queue_highest(const struct priority_queue *queue)
{
    return queue->bitmap ? 31 - __builtin_clz(queue->bitmap) : -1;
}
static inline struct link *priority_queue_first(const struct priority_queue *queue, int priority)
{
    return queue->lists[priority].next;
}
