/*
 * The kernel lock's waiting side.
 */
#include "kernel/base/lock.h"
#include "kernel/x86_64/arch.h"

struct kernel_lock_state kernel_lock_state;

void kernel_lock_wait(uint32_t ticket)
{
    while (__atomic_load_n(&kernel_lock_state.now_serving, __ATOMIC_ACQUIRE) != ticket) {
        shootdown_acknowledge();
        cpu_pause();
    }
}
