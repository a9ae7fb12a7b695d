/*
 * The deadline heap.
 */
#include "kernel/sched/timeout.h"
#include "kernel/sched/thread.h"

struct thread *deadline_heap[MAX_THREADS];
uint32_t deadline_count;

static void put(struct thread *thread, uint32_t place)
{
    deadline_heap[place] = thread;
    thread->heap_place = place;
}

/* Moves a thread towards the top until its parent is not later. */
static void sift_up(struct thread *thread, uint32_t place)
{
    while (place && deadline_heap[(place - 1) / 2]->deadline > thread->deadline) {
        put(deadline_heap[(place - 1) / 2], place);
        place = (place - 1) / 2;
    }
    put(thread, place);
}

/* Moves a thread away from the top until no child is earlier. */
static void sift_down(struct thread *thread, uint32_t place)
{
    for (;;) {
        uint32_t child = 2 * place + 1;

        if (child + 1 < deadline_count && deadline_heap[child + 1]->deadline < deadline_heap[child]->deadline)
            child++;
        if (child >= deadline_count || deadline_heap[child]->deadline >= thread->deadline)
            break;
        put(deadline_heap[child], place);
        place = child;
    }
    put(thread, place);
}

void deadline_arm(struct thread *thread, uint64_t deadline)
{
    thread->deadline = deadline;
    sift_up(thread, deadline_count++);
    timer_at_latest(deadline);
}

void deadline_disarm(struct thread *thread)
{
    uint32_t place = thread->heap_place;
    struct thread *last;

    thread->heap_place = NOT_ARMED;
    last = deadline_heap[--deadline_count];
    if (last == thread)
        return;
    if (place && deadline_heap[(place - 1) / 2]->deadline > last->deadline)
        sift_up(last, place);
    else
        sift_down(last, place);
}

uint64_t deadline_earliest(void)
{
    return deadline_count ? deadline_heap[0]->deadline : DEADLINE_FOREVER;
}

struct thread *deadline_expired(uint64_t now)
{
    struct thread *thread = deadline_count ? deadline_heap[0] : 0;

    if (!thread || thread->deadline > now)
        return 0;
    deadline_disarm(thread);
    return thread;
}
