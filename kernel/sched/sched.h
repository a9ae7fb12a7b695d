/*
 * The scheduler: fixed priorities, round robin within one, one run queue for all CPUs under the kernel lock.
 *
 * Every system call and trap ends in a verdict, the thread to run next on this CPU:
 *
 *   the current thread     stay with it, unless something better became ready meanwhile
 *   another thread         switch to it directly (it is RUNNING already), unless something better is ready
 *   PICK                   the current thread cannot go on: take the best from the run queue, or idle
 *
 * schedule() is the one place that applies a verdict.
 */
#pragma once
#include "kernel/sched/thread.h"

#define PICK ((struct thread *)0)

void scheduler_init(void);
/* What each CPU runs after its start. Context: kernel stack of this CPU, interrupts off, lock not held. */
_Noreturn void scheduler_start(void);

/* Applies the verdict. Context: lock held, also on return; may release it to idle in between. */
void schedule(struct thread *verdict);

/* A stretch with interrupts off begins; it ends. */
static inline void step_begin(struct percpu *cpu)
{
    if (cpu->detour & DETOUR_MEASURE)
        cpu->entered = (uint32_t)read_tsc();
}
static inline void step_end(struct percpu *cpu)
{
    uint32_t length;

    if (!(cpu->detour & DETOUR_MEASURE))
        return;
    length = (uint32_t)read_tsc() - cpu->entered;
    if (length > cpu->longest_step)
        cpu->longest_step = length;
}

/* The current thread's time goes on its account. */
static inline void schedule_account(struct percpu *cpu, struct thread *current)
{
    uint32_t now = (uint32_t)read_tsc();

    current->run_time += now - cpu->run_since;
    cpu->run_since = now;
}

/*
 * The short way to another thread, past the run queue: may this CPU take it, and taking it. The thread waits (or just
 * stopped waiting) in no queue by priority; nothing better is ready.
 */
extern uint32_t boot_detour; /* DETOUR_ALWAYS, DETOUR_MEASURE: what boot options ask for on every CPU */
static inline bool schedule_can_switch(const struct percpu *cpu, const struct thread *next)
{
    return !cpu->detour && !next->process->ended && next->affinity & cpu->bit &&
           (!run_queue.bitmap || run_queue.bitmap >> next->priority <= 1);
}
static inline void schedule_switch(struct percpu *cpu, struct thread *next)
{
    struct space *space = &next->process->space;

    cpu->current = next;
    cpu->priority = next->priority;
    cpu->task_state.rsp0 = (uint64_t)(&next->frame + 1);
    if (cpu->space != space) {
        cpu->space = space;
        cpu_load_root(space->root);
    }
}

/* The verdict PICK, for a thread that waits until then. */
struct thread *schedule_until(struct thread *waiting, uint64_t deadline);

/* Makes some CPU pick again because `thread` entered the run queue. */
void schedule_preempt(struct thread *thread);
/* Makes the CPU that runs `thread` pick again: its priority or affinity changed. */
void schedule_again(struct thread *thread);

/* The time slice on this CPU may be over: the verdict of a timer interrupt. */
struct thread *schedule_tick(uint64_t now);

/* Ends the use of a process: none of its threads runs user code after the CPUs noticed. */
void schedule_evict(struct process *process);
/* Does any CPU run a thread of it or have its address space loaded? */
bool schedule_is_in_use(const struct process *process);

extern uint64_t idle_ticks; /* TSC ticks that all CPUs spent idle */

/* Floating point: the current thread used it, or tried to. */
void fpu_claim(void);
