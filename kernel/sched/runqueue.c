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
