/*
 * Validators: threads are in the queue that their state says, have the priority that they inherit, and nobody is
 * forgotten.
 */
#include "kernel/debug/validate.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timeout.h"

/* Walks a list of threads that wait in `state`; each must be in order. How many there are. */
static uint64_t check_queue(struct world *world, const struct link *head, enum thread_state state)
{
    uint64_t length = 0;

    for (const struct link *link = head->next; link != head; link = link->next) {
        CHECK(link->next->previous == link);
        CHECK(container_of(link, const struct thread, queue)->state == state);
        CHECK(++length <= threads_alive);
    }
    CHECK(head->next->previous == head);
    world->in_place[state] += length;
    return length;
}

/* A queue by priority: its bitmap, its lists, and what the threads say. */
static void check_sorted(struct world *world, const struct priority_queue *queue, enum thread_state state)
{
    for (unsigned priority = 0; priority < PRIORITIES; priority++) {
        const struct link *head = &queue->lists[priority];

        CHECK((queue->bitmap >> priority & 1) == (check_queue(world, head, state) != 0));
        for (const struct link *link = head->next; link != head; link = link->next) {
            const struct thread *thread = container_of(link, const struct thread, queue);

            CHECK(state != THREAD_SENDING || &thread->sending->waiting == queue);
            CHECK(thread->priority == priority);
        }
    }
}

/* ---- priorities: what sched/inherit.h says, from where threads are ---- */

static unsigned highest_in(const struct priority_queue *queue)
{
    unsigned highest = 0;

    for (unsigned priority = 0; priority < PRIORITIES; priority++)
        for (const struct link *link = queue->lists[priority].next; link != &queue->lists[priority]; link = link->next)
            if (container_of(link, const struct thread, queue)->priority > highest)
                highest = container_of(link, const struct thread, queue)->priority;
    return highest;
}

static void check_priority(const struct thread *thread)
{
    unsigned priority = thread->base_priority;

    if (inherit_enabled && thread->serving && thread->serving->priority > priority)
        priority = thread->serving->priority;
    if (inherit_enabled && thread->bound && highest_in(&thread->bound->waiting) > priority)
        priority = highest_in(&thread->bound->waiting);
    CHECK(thread->priority == priority || inherit_long_walks); /* a walk that was cut leaves some as they were */
}

/* ---- one thread ---- */

/* Its clients wait for it. */
static void check_clients(struct world *world, const struct thread *thread)
{
    const struct thread *serving = thread->serving;

    if (serving) {
        CHECK(serving->state == THREAD_CALLING && serving->server == thread);
        world->in_place[THREAD_CALLING]++;
    }
    check_queue(world, &thread->parked, THREAD_CALLING);
    for (const struct link *link = thread->parked.next; link != &thread->parked; link = link->next) {
        const struct thread *client = container_of(link, const struct thread, queue);

        CHECK(client->server == thread && client != serving);
    }
}

void validate_thread(struct world *world, const struct thread *thread)
{
    const entry_t *entry = space_entry(&thread->process->space, thread->page_address);

    CHECK(thread_table[thread->index] == thread && thread->token % MAX_THREADS == thread->index);
    CHECK(thread->process == thread->object.root->process);
    CHECK(entry && (*entry & PAGE_ADDRESS) == virt_to_phys(thread->page));
    validate_frame(world, virt_to_phys(thread->page));
    CHECK(thread->state != THREAD_CALLING || thread_table[thread->server->index] == thread->server);
    check_priority(thread);
    check_clients(world, thread);
    if (thread->heap_place != NOT_ARMED) {
        CHECK(thread->state != THREAD_READY && thread->state != THREAD_RUNNING && thread->state != THREAD_HALTED);
        CHECK(thread->heap_place < deadline_count && deadline_heap[thread->heap_place] == thread);
        world->armed++;
    }
    world->threads++;
    world->in_state[thread->state]++;
    world->bound += thread->bound != 0;
}

/* ---- where threads wait ---- */

void validate_endpoint(struct world *world, const struct endpoint *endpoint)
{
    const struct link *servers = &endpoint->senders.servers;
    bool news = !list_is_empty(&endpoint->events) || (endpoint->bound && endpoint->bound->bits);

    check_sorted(world, &endpoint->senders.waiting, THREAD_SENDING);
    if (check_queue(world, &endpoint->receivers, THREAD_RECEIVING))
        CHECK(!news && !endpoint->senders.waiting.bitmap);
    CHECK(endpoint->news || !news);
    for (const struct link *link = servers->next; link != servers; link = link->next) {
        CHECK(link->next->previous == link);
        CHECK(container_of(link, const struct thread, binding)->bound == &endpoint->senders);
        CHECK(++world->servers <= threads_alive);
    }
    CHECK(!endpoint->bound || endpoint->bound->bound == endpoint);
}

void validate_notification(struct world *world, const struct notification *notification)
{
    if (check_queue(world, &notification->waiters, THREAD_WAITING))
        CHECK(!notification->bits);
    for (struct link *link = notification->irqs.next; link != &notification->irqs; link = link->next)
        CHECK(link->next->previous == link && irq_of_link(link)->notification == notification);
    CHECK(!notification->bound || notification->bound->bound == notification);
}

/* ---- who runs ---- */

static void check_cpus(struct world *world)
{
    for (unsigned i = 0; i < machine.cpu_count; i++) {
        const struct percpu *cpu = &percpu_area[i];

        if (!cpu->current)
            continue;
        CHECK(cpu->running && cpu->current->state == THREAD_RUNNING);
        CHECK(cpu->space == &cpu->current->process->space);
        world->in_place[THREAD_RUNNING]++;
    }
}

/* Does no CPU that this thread may run on do something less important, or else one of them look again soon? */
static bool is_rightly_waiting(const struct thread *thread)
{
    bool less_important = false;

    for (unsigned i = 0; i < machine.cpu_count; i++) {
        const struct percpu *cpu = &percpu_area[i];

        if (!cpu->running || !(thread->affinity & cpu->bit))
            continue;
        if (cpu->detour & DETOUR_PREEMPT)
            return true;
        less_important |= cpu->priority < thread->priority;
    }
    return !less_important;
}

static void check_run_queue(struct world *world)
{
    check_sorted(world, &run_queue, THREAD_READY);
    for (unsigned priority = 0; priority < PRIORITIES; priority++) {
        const struct link *head = &run_queue.lists[priority];

        for (const struct link *link = head->next; link != head; link = link->next) {
            const struct thread *thread = container_of(link, const struct thread, queue);

            CHECK(thread->process->ended || is_rightly_waiting(thread));
        }
    }
}

static void check_deadlines(const struct world *world)
{
    uint64_t armed_for = DEADLINE_FOREVER;

    CHECK(world->armed == deadline_count);
    for (uint32_t place = 1; place < deadline_count; place++)
        CHECK(deadline_heap[(place - 1) / 2]->deadline <= deadline_heap[place]->deadline);
    for (unsigned i = 0; i < machine.cpu_count; i++)
        if (percpu_area[i].running && percpu_area[i].timer_at < armed_for)
            armed_for = percpu_area[i].timer_at;
    CHECK(armed_for <= deadline_earliest());
}

void validate_scheduling(struct world *world)
{
    check_cpus(world);
    check_run_queue(world);
    check_deadlines(world);
    CHECK(world->bound == world->servers);
    world->in_place[THREAD_HALTED] = world->in_state[THREAD_HALTED]; /* they are nowhere */
    for (unsigned state = 0; state < THREAD_STATES; state++)
        CHECK(world->in_state[state] == world->in_place[state]);
}
