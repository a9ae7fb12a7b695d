/*
 * Threads of this process, and the mutex between them.
 *
 * Every stack is STACK_SIZE bytes, aligned to STACK_SIZE, in the area from STACKS_BASE, with an unmapped block below it
 * that turns an overflow into a page fault. The lowest bytes of a stack hold the thread's own data (struct
 * thread_block), found by masking rsp: so a thread needs no segment register to know itself.
 */
#pragma once
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "user/lib/syscall.h"

/* What a thread knows about itself. Only the thread itself touches it. */
struct thread_block {
    struct message_page *message_page;
    uint64_t number;   /* the kernel's number of this thread */
    uint64_t sequence; /* of the last request that carried one (servers/proto/fs.h) */
};

/* The calling thread's block. */
static inline struct thread_block *thread_block(void)
{
    uint64_t here;
    __asm__("mov %%rsp, %0" : "=r"(here)); /* not volatile: once in a function is enough, as the block stays */
    return (struct thread_block *)(here & ~(STACK_SIZE - 1));
}

/*
 * Starts a thread that calls run(argument) and ends when run returns. `priority` 0..31, at most the process's highest.
 * Status of the kernel; on an error nothing is kept. The stack is not reclaimed: threads are meant to stay.
 */
int thread_start(void (*run)(void *argument), void *argument, unsigned priority);

/* The priority this process was started with: what a further thread of the same importance asks for. */
unsigned thread_priority(void);

/*
 * A mutex; all zeros is unlocked. Not recursive. A waiting thread sleeps on the notification, which is made when two
 * threads meet for the first time.
 */
struct mutex {
    unsigned state; /* 0 free, 1 held, 2 held and somebody may be waiting */
    handle_t notification;
};

void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
