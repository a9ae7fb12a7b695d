/*
 * TLB shootdown.
 *
 * Targets are the CPUs that have the space loaded. A CPU changes its address space only under the kernel lock, which
 * the initiator holds, so the set cannot grow meanwhile. Idle CPUs have the kernel's root loaded and are left alone.
 *
 *   initiator (holds the lock)              target
 *   1. changes the page table
 *   2. shootdown_pending = 1 (release)      may still use the old translation
 *   3. sends the interrupt                  in user mode: takes it at once; spinning for the lock: polls;
 *   4. waits until shootdown_pending = 0    on its way in or out of the kernel: reaches one of the two
 *                                           5. reads pending (acquire), flushes, pending = 0 (release)
 *   6. sees 0 (acquire): the old translation is gone everywhere
 *
 * The handler takes no lock; so a target can always answer, whatever the initiator holds.
 */
#include "kernel/mm/tlb.h"
#include "kernel/base/percpu.h"
#include "kernel/base/trace.h"

uint64_t tlb_interrupts_sent;

void tlb_shootdown(struct space *space)
{
    struct percpu *self = percpu();
    uint32_t waiting = 0;

    if (self->space == space)
        cpu_flush_user();
    for (unsigned i = 0; i < machine.cpu_count; i++) {
        struct percpu *cpu = &percpu_area[i];

        if (cpu == self || cpu->space != space)
            continue;
        __atomic_store_n(&cpu->shootdown_pending, 1, __ATOMIC_RELEASE); /* pairs with the acquire in acknowledge */
        cpu_send_ipi(cpu, IPI_SHOOTDOWN);
        tlb_interrupts_sent++;
        waiting |= 1u << i;
    }
    if (!waiting)
        return;
    trace_rare(TRACE_SHOOTDOWN, 0, waiting, 0, space->root / PAGE_SIZE);
    for (unsigned i = 0; i < machine.cpu_count; i++)
        while (waiting >> i & 1 && __atomic_load_n(&percpu_area[i].shootdown_pending, __ATOMIC_ACQUIRE))
            cpu_pause(); /* pairs with the release in acknowledge */
}

void shootdown_acknowledge(void)
{
    struct percpu *cpu = percpu();

    if (__atomic_load_n(&cpu->shootdown_pending, __ATOMIC_ACQUIRE)) {
        cpu_flush_user();
        trace(TRACE_FLUSH, 0, 0, 0, cpu->space ? cpu->space->root / PAGE_SIZE : 0);
        __atomic_store_n(&cpu->shootdown_pending, 0, __ATOMIC_RELEASE);
    }
}
