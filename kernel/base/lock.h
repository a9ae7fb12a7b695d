/*
 * The one kernel lock, taken on the way in (entry.asm, trap.c) and released on the way out; besides only where a CPU
 * idles or starts.
 * Everything in the kernel that is not percpu is protected by it.
 *
 * It is a plain test-and-set lock, not a fair one. A fair (ticket) lock hands over to the CPU that came first even when
 * the host has just taken that virtual CPU off its core, and then everybody waits for the host's scheduler: with 4
 * virtual CPUs on 2 busy cores a boot took 3 to 18 seconds, and takes 0.3 to 0.5 with this lock. What is held for a few
 * hundred instructions, and released by going to user mode, starves nobody.
 */
#pragma once
#include "kernel/base/check.h"
#include <stdint.h>

extern uint32_t kernel_lock_held;

/* Spins until the lock is taken, answering shootdown requests meanwhile: the holder may wait for this CPU. */
COLD void kernel_lock_wait(void);

static inline void kernel_lock(void)
{
    /* Acquire pairs with the release in kernel_unlock(). */
    if (__builtin_expect(__atomic_exchange_n(&kernel_lock_held, 1, __ATOMIC_ACQUIRE) != 0, 0))
        kernel_lock_wait();
}

static inline void kernel_unlock(void)
{
    __atomic_store_n(&kernel_lock_held, 0, __ATOMIC_RELEASE);
}
