/*
 * Exceptions of user code, and interrupts: the other door.
 */
#include "kernel/base/debug.h"
#include "kernel/base/lock.h"
#include "kernel/base/trace.h"
#include "kernel/ipc/device.h"
#include "kernel/ipc/ipc.h"
#include "kernel/sched/timeout.h"

#define VECTOR_NO_DEVICE 7 /* a floating-point instruction while CR0.TS is set */

/* Deadlines that passed (a step's worth: the timer fires at once for the rest), then the time slice; then the timer is
 * armed for what comes next. */
static APART struct thread *timer_interrupt(void)
{
    struct percpu *cpu = percpu();
    uint64_t now = clock_now(), next;
    struct thread *expired, *verdict;

    interrupt_end();
    cpu->timer_at = DEADLINE_FOREVER;
    for (unsigned budget = STEP_BUDGET; budget && (expired = deadline_expired(now)); budget--) {
        ipc_expire(expired);
    }
    verdict = schedule_tick(now);
    next = deadline_earliest();
    timer_at_latest(next < cpu->tick_at ? next : cpu->tick_at);
    return verdict;
}

static struct thread *exception(struct thread *self, struct frame *frame)
{
    if (frame->vector == VECTOR_NO_DEVICE) {
        fpu_claim();
        return self;
    }
    return fault_raise(self, cpu_fault_address()); /* no other fault has been: the kernel itself never faults */
}

static inline struct thread *handle(struct thread *self, struct frame *frame)
{
    if (frame->vector < VECTOR_IRQ_FIRST)
        return exception(self, frame);
    if (frame->vector == VECTOR_TIMER)
        return timer_interrupt();
    if (frame->vector == VECTOR_RESCHEDULE)
        interrupt_end();
    else
        irq_interrupt((unsigned)frame->vector);
    return self;
}

void kernel_trap(struct frame *frame, bool from_user)
{
    struct thread *self = percpu()->current, *verdict;

    kernel_lock();
    step_begin(percpu());
    trace(TRACE_TRAP, self ? self->number : 0, (unsigned)frame->vector, 0, 0);
    verdict = handle(self, frame);
    if (!from_user) {
        step_end(percpu());
        kernel_unlock();
        return;
    }
    if (!((percpu()->detour & ~(uint32_t)DETOUR_PREEMPT) | boot_detour) && !self->attention) {
        schedule(verdict);
        kernel_unlock();
        return;
    }
    if (self->attention && self->state == THREAD_RUNNING) {
        thread_halt(self);
        verdict = PICK;
    }
    kernel_leave(verdict);
}
