/*
 * How a system call ends: status and value go into the frame of the thread that made it.
 */
#pragma once
#include "kernel/sched/sched.h"

#define SYSCALL_INSTRUCTION_LENGTH 2
#define PROGRESS_SHIFT             8

/* The thread's call is over; it goes on with this. Returns the thread: "stay" is the usual verdict. */
static inline struct thread *answer(struct thread *thread, int status, uint64_t value)
{
    thread->frame.rax = (uint64_t)status;
    thread->frame.rdx = value;
    return thread;
}

/* The thread's call waits from now on, appended to `queue`, until `deadline` at most: the verdict. */
static inline struct thread *wait_in(struct thread *self, enum thread_state state, struct link *queue,
                                     uint64_t deadline)
{
    thread_block(self, state, queue);
    return deadline == DEADLINE_FOREVER ? PICK : schedule_until(self, deadline);
}

/* A blocked thread's call is over. */
static inline void wake(struct thread *thread, int status, uint64_t value)
{
    answer(thread, status, value);
    thread_ready(thread);
}

/*
 * A bounded step of a long call is done: back to user mode, to the same syscall instruction, with the progress in the
 * call's own register, so that interrupts and other CPUs get their turn.
 */
static inline struct thread *restart(struct thread *self, uint64_t progress)
{
    self->frame.rip -= SYSCALL_INSTRUCTION_LENGTH;
    self->frame.rax = (self->frame.rax & 0xff) | progress << PROGRESS_SHIFT;
    percpu()->detour |= DETOUR_STEP;
    return self;
}

static inline uint64_t progress_of(const struct thread *self)
{
    return self->frame.rax >> PROGRESS_SHIFT;
}
