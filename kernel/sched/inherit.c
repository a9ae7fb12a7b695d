/*
 * Priority inheritance.
 */
#include "kernel/sched/inherit.h"
#include "kernel/base/trace.h"
#include "kernel/sched/thread.h"

bool inherit_enabled = true;
uint64_t inherit_long_walks;
uint64_t inherit_circles;

/* Threads whose priority has to be computed again. One that does not fit any more stays as it is. */
struct walk {
    struct thread *threads[INHERIT_STEPS];
    unsigned found, done;
};

void sender_queue_init(struct sender_queue *queue)
{
    priority_queue_init(&queue->waiting);
    list_init(&queue->servers);
}

static void add(struct walk *walk, struct thread *thread)
{
    if (walk->found < INHERIT_STEPS)
        walk->threads[walk->found++] = thread;
    else
        inherit_long_walks++;
}

static void add_servers(struct walk *walk, struct sender_queue *queue)
{
    for (struct link *link = queue->servers.next; link != &queue->servers; link = link->next)
        add(walk, container_of(link, struct thread, binding));
}

static unsigned effective_priority(const struct thread *thread)
{
    int priority = thread->base_priority;

    if (!inherit_enabled)
        return (unsigned)priority;
    if (thread->serving && thread->serving->priority > priority)
        priority = thread->serving->priority;
    if (thread->bound && priority_queue_highest(&thread->bound->waiting) > priority)
        priority = priority_queue_highest(&thread->bound->waiting);
    return (unsigned)priority;
}

static void finish(struct walk *walk)
{
    while (walk->done < walk->found) {
        struct thread *thread = walk->threads[walk->done++];
        unsigned priority = effective_priority(thread);

        if (priority == thread->priority)
            continue;
        thread_reprioritize(thread, priority);
        if (thread_is_served(thread))
            add(walk, thread->server);
        if (thread->state == THREAD_SENDING)
            add_servers(walk, thread->sending);
    }
}

void inherit_update(struct thread *thread)
{
    struct walk walk;

    if (effective_priority(thread) == thread->priority)
        return;
    walk.threads[0] = thread;
    walk.found = 1;
    walk.done = 0;
    finish(&walk);
}

void inherit_queue_changed(struct sender_queue *queue)
{
    struct walk walk;

    if (list_is_empty(&queue->servers))
        return;
    walk.found = walk.done = 0;
    add_servers(&walk, queue);
    finish(&walk);
}

/* The one thread that has to act before this one goes on; 0 if there is none, or more than one. */
static const struct thread *waits_for(const struct thread *thread)
{
    const struct sender_queue *queue;

    if (thread->state == THREAD_CALLING)
        return thread->server;
    if (thread->state != THREAD_SENDING)
        return 0;
    queue = thread->sending;
    if (list_is_empty(&queue->servers) || queue->servers.next != queue->servers.previous)
        return 0;
    return container_of(queue->servers.next, struct thread, binding);
}

void inherit_look_for_circle(const struct thread *thread)
{
    const struct thread *first = waits_for(thread), *next = first;

    for (unsigned length = 1; next && length <= INHERIT_STEPS; length++, next = waits_for(next))
        if (next == thread) {
            inherit_circles++;
            trace_rare(TRACE_CYCLE, thread->number, length, thread_call(thread), first->number);
            return;
        }
}

void inherit_bind(struct thread *thread, struct sender_queue *queue)
{
    if (thread->bound == queue)
        return;
    list_remove(&thread->binding);
    thread->bound = queue;
    if (queue)
        list_append(&queue->servers, &thread->binding);
    inherit_update(thread);
}
