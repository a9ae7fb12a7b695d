/*
 * Priority queues. Pure: also built on the host (tests/host).
 */
#include "kernel/sched/runqueue.h"

void priority_queue_init(struct priority_queue *queue)
{
    queue->bitmap = 0;
    for (unsigned priority = 0; priority < PRIORITIES; priority++)
        list_init(&queue->lists[priority]);
}

void priority_queue_append(struct priority_queue *queue, struct link *link, unsigned priority)
{
    list_append(&queue->lists[priority], link);
    queue->bitmap |= 1u << priority;
}

void priority_queue_remove(struct priority_queue *queue, struct link *link, unsigned priority)
{
    list_remove(link);
    if (list_is_empty(&queue->lists[priority]))
        queue->bitmap &= ~(1u << priority);
}
