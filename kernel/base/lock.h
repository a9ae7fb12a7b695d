/*
 * The one kernel lock: a fair ticket lock, taken in the entry path and released in the exit path; besides only
 * where a CPU idles or starts. Everything in the kernel that is not percpu is protected by it.
 *
 * Source: ticket locks go back to Reed and Kanodia's eventcounts and sequencers (1979).
 */
#pragma once
#include <stdint.h>

extern struct kernel_lock_state {
    uint32_t next_ticket, now_serving;
} kernel_lock_state;

/* Spins until it is this ticket's turn, answering shootdown requests meanwhile: the holder may wait for this CPU. */
void kernel_lock_wait(uint32_t ticket);

static inline void kernel_lock(void)
{
    uint32_t ticket = __atomic_fetch_add(&kernel_lock_state.next_ticket, 1, __ATOMIC_ACQUIRE);

    /* Acquire pairs with the release in kernel_unlock(). */
    if (__builtin_expect(__atomic_load_n(&kernel_lock_state.now_serving, __ATOMIC_ACQUIRE) != ticket, 0))
        kernel_lock_wait(ticket);
}

static inline void kernel_unlock(void)
{
    /* Only the holder writes now_serving; release pairs with the acquire in kernel_lock() and kernel_lock_wait(). */
    __atomic_store_n(&kernel_lock_state.now_serving, kernel_lock_state.now_serving + 1, __ATOMIC_RELEASE);
}
