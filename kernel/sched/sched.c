/*
 * The scheduler.
 */
#include "kernel/sched/sched.h"
#include "kernel/base/check.h"
#include "kernel/base/lock.h"
#include "kernel/base/trace.h"
#include "kernel/sched/timeout.h"

#define TIME_SLICE    10000000ul /* nanoseconds */
#define NEVER         ~0ul
#define IDLE_PRIORITY (-1)

struct priority_queue run_queue;
uint64_t idle_ticks;
uint32_t boot_detour;

void scheduler_init(void)
{
    priority_queue_init(&run_queue);
    for (unsigned i = 0; i < MAX_CPUS; i++)
        percpu_area[i].priority = PRIORITIES; /* above every thread's: nobody is sent there before it has started */
}

void timer_at_latest(uint64_t when)
{
    struct percpu *cpu = percpu();

    if (when >= cpu->timer_at)
        return;
    cpu->timer_at = when;
    timer_arm(when);
}

static bool may_run_on(const struct thread *thread, const struct percpu *cpu)
{
    return thread->affinity & cpu->bit;
}

/*
 * Takes the best ready thread above a priority that may run here. Threads of ended processes are halted on the way:
 * that is how they leave the run queue. After a step's worth of those it gives up, and this CPU interrupts itself to
 * look further.
 */
static struct thread *take_above(struct percpu *cpu, int priority)
{
    unsigned budget = STEP_BUDGET;

    for (int level = priority_queue_highest(&run_queue); level > priority; level--) {
        struct link *head = &run_queue.lists[level];

        for (struct link *link = head->next, *next; link != head; link = next) {
            struct thread *thread = thread_of_queue(link);

            next = link->next;
            if (!thread->process->ended) {
                if (!may_run_on(thread, cpu))
                    continue;
                thread_take_ready(thread);
                return thread;
            }
            thread_halt(thread);
            if (--budget == 0) {
                cpu->detour |= DETOUR_PREEMPT;
                cpu_send_ipi(cpu, IPI_RESCHEDULE);
                return 0;
            }
        }
    }
    return 0;
}

/* Of the CPUs that the thread may run on, the one that does what is least important; 0 if none does less. */
static inline struct percpu *find_cpu(const struct thread *thread)
{
    struct percpu *self = percpu(), *lowest = 0;
    int priority = thread->priority;

    if (self->priority < priority && may_run_on(thread, self)) { /* first: among equals it needs no interrupt */
        lowest = self;
        priority = self->priority;
    }
    for (struct percpu *cpu = percpu_area, *end = cpu + machine.cpu_count; cpu != end; cpu++)
        if (cpu->priority < priority && may_run_on(thread, cpu)) {
            lowest = cpu;
            priority = cpu->priority;
        }
    return lowest;
}

/* Expects the thread to run there, so that the next one made ready looks for another CPU. */
static inline void expect_at(struct percpu *cpu, const struct thread *thread)
{
    cpu->priority = thread->priority;
    cpu->detour |= DETOUR_PREEMPT;
    if (cpu != percpu())
        cpu_send_ipi(cpu, IPI_RESCHEDULE);
}

void schedule_preempt(struct thread *thread)
{
    struct percpu *cpu = find_cpu(thread);

    if (cpu)
        expect_at(cpu, thread);
}

void schedule_again(struct thread *thread)
{
    for (unsigned i = 0; i < machine.cpu_count; i++) {
        struct percpu *cpu = &percpu_area[i];

        if (cpu->current != thread)
            continue;
        cpu->detour |= DETOUR_PREEMPT;
        cpu->priority = thread->priority;
        if (cpu != percpu())
            cpu_send_ipi(cpu, IPI_RESCHEDULE);
    }
}

static void fpu_put_away(struct percpu *cpu)
{
    fpu_save(cpu->fpu_owner->fpu);
    fpu_disable();
    cpu->fpu_owner = 0;
    cpu->detour &= ~(uint32_t)DETOUR_FPU;
}

/* The current thread goes: its time on its account, its floating point into memory. */
static void leave_current(struct percpu *cpu)
{
    schedule_account(cpu, cpu->current);
    if (cpu->fpu_owner)
        fpu_put_away(cpu);
}

static void start_slice(struct percpu *cpu)
{
    cpu->tick_at = clock_now() + TIME_SLICE;
    timer_at_latest(cpu->tick_at);
}

/* Waits for something to run, without the lock and with the kernel's own page tables. */
static struct thread *idle(struct percpu *cpu)
{
    uint64_t since = read_tsc(), now;
    struct thread *next;

    if (cpu->current)
        leave_current(cpu);
    trace(TRACE_IDLE, 0, 0, 0, cpu->current ? cpu->current->number : 0);
    cpu->current = 0;
    cpu->space = 0;
    cpu_load_root(kernel_root);
    cpu->tick_at = NEVER;
    while (!(next = take_above(cpu, IDLE_PRIORITY))) {
        cpu->priority = IDLE_PRIORITY;
        step_end(cpu);
        kernel_unlock();
        cpu_idle();
        kernel_lock();
        step_begin(cpu);
        now = read_tsc();
        idle_ticks += now - since;
        since = now;
    }
    start_slice(cpu);
    cpu->run_since = (uint32_t)read_tsc();
    return next;
}

static void switch_to(struct percpu *cpu, struct thread *next)
{
    if (cpu->current)
        leave_current(cpu);
    trace(TRACE_SWITCH, next->number, next->priority, 0,
          TRACE_PAIR(next->process->number, cpu->current ? cpu->current->number : 0));
    schedule_switch(cpu, next);
}

/* A verdict that this CPU cannot run: its process ended meanwhile, or its affinity forbids it. */
static struct thread *refuse(struct thread *verdict)
{
    if (verdict->process->ended)
        thread_halt(verdict);
    else
        thread_ready(verdict);
    return PICK;
}

/* The priority of what is least important of all that runs. */
static int lowest_priority(void)
{
    int lowest = PRIORITIES;

    for (struct percpu *cpu = percpu_area, *end = cpu + machine.cpu_count; cpu != end; cpu++)
        if (cpu->priority < lowest)
            lowest = cpu->priority;
    return lowest;
}

/*
 * Somebody was expected to run on this CPU and may not have been taken, because another came later and was better, or
 * was bound to this CPU. The first in the queue that finds a CPU goes there; that CPU looks again, too:
 *   1. CPU 0 makes X ready and expects CPU 1 to take it   2. CPU 2 makes Z ready, better and bound to CPU 1
 *   3. CPU 1 takes Z                                      4. without this, X would wait while CPU 3 idles
 * Not only the very first: it may be bound to a CPU that does something better.
 */
static void look_again(void)
{
    int lowest = lowest_priority();

    for (int level = priority_queue_highest(&run_queue); level > lowest; level--)
        for (struct link *head = &run_queue.lists[level], *link = head->next; link != head; link = link->next) {
            const struct thread *thread = thread_of_queue(link);
            struct percpu *cpu = find_cpu(thread);

            if (cpu) {
                expect_at(cpu, thread);
                return;
            }
        }
}

/* The general way, for when somebody better may be ready, or the verdict is not sure to be possible. */
static APART void schedule_anew(struct percpu *cpu, struct thread *verdict)
{
    struct thread *self = cpu->current, *next, *better;
    bool expected = cpu->detour & DETOUR_PREEMPT;

    cpu->detour &= ~(uint32_t)DETOUR_PREEMPT;
    if (verdict && (verdict->process->ended || !may_run_on(verdict, cpu)))
        verdict = refuse(verdict);
    better = take_above(cpu, verdict ? verdict->priority : IDLE_PRIORITY);
    next = better ? better : verdict;
    if (!next) {
        next = idle(cpu);
        self = 0;                                 /* may be gone by now */
        expected |= cpu->detour & DETOUR_PREEMPT; /* somebody may have been meant for this CPU while it idled */
        cpu->detour &= ~(uint32_t)DETOUR_PREEMPT;
    }
    cpu->priority = next->priority;
    if (self != next)
        switch_to(cpu, next);
    /* Only now, with this CPU's priority known, may those who did not get it look for another CPU. */
    if (self && self != next && self->state == THREAD_RUNNING)
        thread_ready(self);
    if (verdict && verdict != self && verdict != next)
        thread_ready(verdict);
    if (expected)
        look_again();
}

/* The first in the run queue, if it is above this priority and nothing speaks against it; 0 if it is not as simple. */
static inline struct thread *take_first(const struct percpu *cpu, int priority)
{
    int level = priority_queue_highest(&run_queue);
    struct thread *thread;

    if (level <= priority)
        return 0;
    thread = thread_of_queue(priority_queue_first(&run_queue, level));
    if (thread->process->ended || !may_run_on(thread, cpu))
        return 0;
    priority_queue_take_first(&run_queue, (unsigned)level);
    thread->state = THREAD_RUNNING;
    return thread;
}

static APART void schedule_by_detour(struct percpu *cpu, struct thread *verdict)
{
    struct thread *self = cpu->current, *better;

    if (verdict != self || !self) {
        schedule_anew(cpu, verdict);
        return;
    }
    if (!(cpu->detour & DETOUR_PREEMPT))
        return;
    better = cpu->detour == DETOUR_PREEMPT ? take_first(cpu, self->priority) : 0;
    if (!better) {
        schedule_anew(cpu, self);
        return;
    }
    /* It could go on, but something better has come: usually that is all. */
    cpu->detour = 0;
    thread_put_back(self);
    schedule_account(cpu, self);
    schedule_switch(cpu, better);
    if (machine.cpu_count > 1)
        look_again();
}

void schedule(struct thread *verdict)
{
    struct percpu *cpu = percpu();
    struct thread *self = cpu->current, *next;

    if (cpu->detour || !self || (self->state == THREAD_RUNNING && verdict != self)) {
        schedule_by_detour(cpu, verdict);
        return;
    }
    if (verdict == self)
        return;
    /* It waits, and used no floating point (DETOUR_FPU): usually that is all there is to know. */
    next = verdict == PICK ? take_first(cpu, IDLE_PRIORITY) : schedule_can_switch(cpu, verdict) ? verdict : 0;
    if (!next) {
        schedule_by_detour(cpu, verdict);
        return;
    }
    schedule_account(cpu, self);
    schedule_switch(cpu, next);
}

struct thread *schedule_until(struct thread *waiting, uint64_t deadline)
{
    deadline_arm(waiting, deadline);
    return PICK;
}

struct thread *schedule_tick(uint64_t now)
{
    struct percpu *cpu = percpu();
    struct thread *self = cpu->current;

    if (!self)
        return self;
    schedule_account(cpu, self); /* often enough for 32 bits */
    if (now < cpu->tick_at)
        return self;
    cpu->tick_at = now + TIME_SLICE;
    if (list_is_empty(&run_queue.lists[self->priority]))
        return self;
    thread_ready(self);
    return PICK;
}

void schedule_evict(struct process *process)
{
    for (unsigned i = 0; i < machine.cpu_count; i++) {
        struct percpu *cpu = &percpu_area[i];

        if (!cpu->current || cpu->current->process != process)
            continue;
        cpu->current->attention |= ATTENTION_STOP;
        cpu->detour |= DETOUR_PREEMPT;
        if (cpu != percpu())
            cpu_send_ipi(cpu, IPI_RESCHEDULE);
    }
}

bool schedule_is_in_use(const struct process *process)
{
    for (unsigned i = 0; i < machine.cpu_count; i++) {
        const struct percpu *cpu = &percpu_area[i];

        if (cpu->space == &process->space || (cpu->current && cpu->current->process == process))
            return true;
    }
    return false;
}

void fpu_claim(void)
{
    struct percpu *cpu = percpu();

    fpu_restore(cpu->current->fpu);
    cpu->fpu_owner = cpu->current;
    cpu->detour |= DETOUR_FPU;
}

void scheduler_start(void)
{
    struct percpu *cpu = percpu();

    kernel_lock();
    cpu->timer_at = NEVER;
    cpu->running = true;
    cpu->detour = boot_detour;
    timer_at_latest(deadline_earliest());
    start_slice(cpu);
    fpu_disable();
    schedule(PICK);
    kernel_unlock();
    resume_current();
}
