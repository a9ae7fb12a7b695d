/*
 * Starting threads.
 */
#include "user/lib/thread.h"
#include "user/lib/start.h"
#include "user/lib/startup.h"

/* Stacks lie two blocks apart: the unmapped block below each catches an overflow. Number 0 is the first thread's. */
static unsigned stacks_used = 1;

unsigned thread_priority(void)
{
    return startup() ? startup()->priority : PRIORITIES - 1;
}

/* Maps a fresh stack block. OK and *block, with *memory to delete; or the kernel's status. */
static int stack_create(uint64_t *block, handle_t *memory)
{
    int status = sys_memory_create(SELF, STACK_SIZE / PAGE_SIZE, MEMORY_SHAREABLE, memory);
    if (status != OK)
        return status;
    *block = STACKS_BASE + 2 * STACK_SIZE * __atomic_fetch_add(&stacks_used, 1, __ATOMIC_RELAXED);
    status = sys_map(SELF, *memory, (void *)*block, 0, STACK_SIZE / PAGE_SIZE, RIGHT_READ | RIGHT_WRITE);
    if (status != OK)
        sys_cap_delete(SELF, *memory);
    return status;
}

int thread_start(void (*run)(void *argument), void *argument, unsigned priority)
{
    uint64_t block;
    handle_t memory, thread;
    int status = stack_create(&block, &memory);
    if (status != OK)
        return status;
    struct thread_start *start = (struct thread_start *)(block + STACK_SIZE) - 1;
    *start = (struct thread_start){run, argument};
    status = sys_thread_create(SELF, (uint64_t)thread_entry, (uint64_t)start, (uint64_t)start, priority, 0, &thread);
    if (status != OK)
        sys_cap_delete(SELF, memory);
    return status;
}
