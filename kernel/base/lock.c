/*
 * The kernel lock (ticket lock, after Reed and Kanodia's eventcounts and sequencers, 1979).
 */
#include "kernel/base/lock.h"
#include "kernel/x86_64/arch.h"

static uint32_t next_ticket, now_serving;

void kernel_lock(void)
{
    uint32_t ticket = __atomic_fetch_add(&next_ticket, 1, __ATOMIC_RELAXED);

    /* Acquire pairs with the release in kernel_unlock(). The holder may be waiting for this CPU to flush. */
    while (__atomic_load_n(&now_serving, __ATOMIC_ACQUIRE) != ticket) {
        shootdown_acknowledge();
        cpu_pause();
    }
}

void kernel_unlock(void)
{
    __atomic_store_n(&now_serving, now_serving + 1, __ATOMIC_RELEASE);
}
