/*
 * Threads: birth, changes of state, end.
 */
#include "kernel/sched/thread.h"
#include "kernel/base/check.h"
#include "kernel/base/trace.h"
#include "kernel/mm/tlb.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timeout.h"

struct thread *thread_table[MAX_THREADS];
unsigned threads_alive;

static uint32_t table_used;                /* entries that ever had a thread */
static uint32_t free_indices[MAX_THREADS]; /* of threads that are gone */
static uint64_t last_tokens[MAX_THREADS];  /* theirs, so that their successors count on */
static uint32_t free_count;
static uint32_t last_number;

/* ---- birth and end ---- */

uint64_t thread_charge(const struct object *object)
{
    (void)object;
    return THREAD_FRAMES;
}

/* Maps a fresh message page at an address that only this thread uses while it lives. */
static int message_page_map(struct thread *thread)
{
    void *page = page_take();
    int status;

    thread->page_address = MESSAGE_PAGES + thread->index * PAGE_SIZE;
    status = space_enter(&thread->process->space, thread->page_address,
                         virt_to_phys(page) | PAGE_PRESENT | PAGE_USER | PAGE_WRITE | PAGE_NO_EXECUTE);
    if (status == OK)
        thread->page = page;
    else
        page_free(page);
    return status;
}

static void thread_fill(struct thread *thread, const struct thread_parameters *parameters)
{
    struct process *process = thread->process;

    thread->number = ++last_number;
    thread->sender_identity = (uint64_t)process->number << 32 | thread->number;
    thread->base_priority = thread->priority = (uint8_t)parameters->priority;
    thread->affinity = parameters->affinity;
    thread->heap_place = NOT_ARMED;
    thread->state = THREAD_RUNNING;
    list_init(&thread->queue);
    list_init(&thread->parked);
    list_init(&thread->binding);
    list_append(&process->threads, &thread->siblings);
    process->thread_count++;
    threads_alive++;
    thread->token = last_tokens[thread->index] ? last_tokens[thread->index] : thread->index;
    thread_table[thread->index] = thread;
    fpu_init_state(thread->fpu);
    frame_init(&thread->frame, parameters->entry, parameters->stack, parameters->argument, thread->page_address,
               thread->number);
}

int thread_create(struct process *process, const struct thread_parameters *parameters, handle_t *handle)
{
    struct thread *thread;
    struct slot *slot;
    void *object;
    int status;

    if (process->thread_count == MAX_OWN_THREADS || (!free_count && table_used == MAX_THREADS))
        return E_LIMIT;
    status = object_create(process, THREAD_FRAMES, &object, &slot);
    if (status != OK)
        return status;
    thread = object;
    thread->process = process;
    thread->index = free_count ? free_indices[free_count - 1] : table_used;
    status = message_page_map(thread);
    if (status != OK) {
        object_abandon(process, THREAD_FRAMES, object, slot);
        return status;
    }
    if (free_count)
        free_count--;
    else
        table_used++;
    thread_fill(thread, parameters);
    *handle = object_publish(&thread->object, OBJECT_THREAD, slot);
    thread_ready(thread);
    return OK;
}

bool thread_stop(struct thread *thread)
{
    for (unsigned i = 0; i < machine.cpu_count; i++)
        if (percpu_area[i].current == thread) {
            thread->attention |= ATTENTION_STOP;
            percpu_area[i].detour |= DETOUR_PREEMPT;
            cpu_send_ipi(&percpu_area[i], IPI_RESCHEDULE);
            return false;
        }
    thread_halt(thread);
    inherit_bind(thread, 0);
    return true;
}

void thread_release(struct thread *thread)
{
    struct process *process = thread->process;

    *space_entry(&process->space, thread->page_address) = 0;
    tlb_shootdown(&process->space, thread->page_address, 1);
    page_free(thread->page);
    list_remove(&thread->siblings);
    process->thread_count--;
    process->run_time += thread->run_time;
    threads_alive--;
    last_tokens[thread->index] = thread->token;
    thread_table[thread->index] = 0;
    free_indices[free_count++] = thread->index;
}

/* ---- changes of state ---- */

_Static_assert((int)TRACE_SENDING == (int)THREAD_SENDING && (int)TRACE_WAITING == (int)THREAD_WAITING,
               "readers of the trace know the states by these numbers");

COLD void thread_trace_wait(const struct thread *thread, const void *place)
{
    uint64_t deadline = thread->faulting ? DEADLINE_FOREVER : thread->frame.rsi;

    trace_frequent(TRACE_WAIT, thread->number, thread->state, thread_call(thread), TRACE_OBJECT(place));
    if (deadline != DEADLINE_FOREVER)
        trace_frequent(TRACE_DEADLINE, thread->number, 0, thread_call(thread), deadline);
}

/* A caller waits for its answer no more. */
static void leave_server(struct thread *thread)
{
    struct thread *server = thread->server;

    if (server->serving != thread) {
        list_take(&thread->queue);
        return;
    }
    server->serving = 0;
    if (server->priority != server->base_priority)
        inherit_update(server);
}

static void leave_senders(struct thread *thread)
{
    priority_queue_remove(&thread->sending->waiting, &thread->queue, thread->priority);
    inherit_queue_changed(thread->sending);
}

/* Out of whatever queue it is in; with it goes what it donated there. A walk of donations may come by, on a cycle of
 * callers: it finds the thread RUNNING, in no queue. */
static inline void leave(struct thread *thread)
{
    enum thread_state left;

    thread_forget_deadline(thread);
    left = thread->state;
    thread->state = THREAD_RUNNING;
    if (left == THREAD_RECEIVING || left == THREAD_WAITING)
        list_take(&thread->queue);
    else if (left == THREAD_CALLING)
        leave_server(thread);
    else if (left == THREAD_SENDING)
        leave_senders(thread);
    else if (left == THREAD_READY)
        priority_queue_remove(&run_queue, &thread->queue, thread->priority);
}

void thread_ready(struct thread *thread)
{
    leave(thread);
    thread->state = THREAD_READY;
    priority_queue_append(&run_queue, &thread->queue, thread->priority);
    trace(TRACE_READY, thread->number, thread->priority, 0, thread->process->number);
    schedule_preempt(thread);
}

void thread_leave(struct thread *thread)
{
    leave(thread);
}

void thread_block_sending(struct thread *self, struct sender_queue *queue)
{
    self->state = THREAD_SENDING;
    self->sending = queue;
    priority_queue_append(&queue->waiting, &self->queue, self->priority);
    if (trace_is_on())
        thread_trace_wait(self, queue);
    inherit_queue_changed(queue);
    inherit_look_for_circle(self);
}

void thread_halt(struct thread *thread)
{
    leave(thread);
    thread->state = THREAD_HALTED;
}

/* A thread has a new priority, its own or lent by one of those that inherit.h names. */
static COLD void trace_priority(const struct thread *thread)
{
    const struct thread *lender = thread->serving;
    int highest = thread->bound ? priority_queue_highest(&thread->bound->waiting) : -1;

    if (thread->priority == thread->base_priority)
        lender = 0;
    else if (highest == thread->priority && !(lender && lender->priority == thread->priority))
        lender = thread_of_queue(priority_queue_first(&thread->bound->waiting, highest));
    trace_frequent(TRACE_PRIORITY, thread->number, thread->priority, lender ? thread_call(lender) : 0,
                   lender ? lender->number : 0);
}

/* The queue by priority that it is in, 0 if it is in none. */
static struct priority_queue *sorted_queue(const struct thread *thread)
{
    if (thread->state == THREAD_READY)
        return &run_queue;
    return thread->state == THREAD_SENDING ? &thread->sending->waiting : 0;
}

void thread_reprioritize(struct thread *thread, unsigned priority)
{
    struct priority_queue *sorted = sorted_queue(thread);

    if (sorted)
        priority_queue_remove(sorted, &thread->queue, thread->priority);
    thread->priority = (uint8_t)priority;
    if (trace_is_on())
        trace_priority(thread);
    if (sorted)
        priority_queue_append(sorted, &thread->queue, priority);
    if (thread->state == THREAD_READY)
        schedule_preempt(thread);
    if (thread->state == THREAD_RUNNING)
        schedule_again(thread);
}

void thread_place(struct thread *thread, unsigned priority, uint16_t affinity)
{
    thread->base_priority = (uint8_t)priority;
    thread->affinity = affinity;
    inherit_update(thread);
    thread_reprioritize(thread, thread->priority); /* the affinity may ask for another CPU */
}
