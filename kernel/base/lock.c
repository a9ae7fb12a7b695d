/*
 * The kernel lock's waiting side.
 */
#include "kernel/base/lock.h"
#include "kernel/x86_64/arch.h"

uint32_t kernel_lock_held;

COLD void kernel_lock_wait(void)
{
    do {
        /* Only looks while it is held, so that the line stays shared; the exchange decides. */
        while (__atomic_load_n(&kernel_lock_held, __ATOMIC_RELAXED)) {
            shootdown_acknowledge();
            cpu_pause();
        }
    } while (__atomic_exchange_n(&kernel_lock_held, 1, __ATOMIC_ACQUIRE));
}
