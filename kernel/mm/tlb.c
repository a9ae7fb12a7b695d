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

/* The pages of the shootdown that goes on: there is at most one, for its initiator holds the lock. Written before
 * shootdown_pending is set, read after it was seen. */
static uint64_t first_address, page_count;

#define FEW_PAGES 8 /* up to here single translations are dropped, else all of the space */

static inline void flush(uint64_t address, uint64_t pages)
{
    if (pages > FEW_PAGES) {
        cpu_flush_all();
        return;
    }
    for (; pages; pages--, address += PAGE_SIZE)
        cpu_flush_page(address);
}

/* Asks the other CPUs that have the space loaded; returns them, a bit each. */
static uint32_t ask(const struct percpu *self, const struct space *space)
{
    uint32_t asked = 0;

    for (unsigned i = 0; i < machine.cpu_count; i++) {
        struct percpu *cpu = &percpu_area[i];

        if (cpu->space != space || cpu == self)
            continue;
        __atomic_store_n(&cpu->shootdown_pending, 1, __ATOMIC_RELEASE); /* pairs with the acquire in acknowledge */
        cpu_send_ipi(cpu, IPI_SHOOTDOWN);
        tlb_interrupts_sent++;
        asked |= 1u << i;
    }
    return asked;
}

/* For the other CPUs. */
static __attribute__((noinline)) void tell(const struct space *space, uint64_t address, uint64_t pages)
{
    uint32_t asked;

    first_address = address;
    page_count = pages;
    asked = ask(percpu(), space);
    trace_rare(TRACE_SHOOTDOWN, 0, asked, 0, space->root / PAGE_SIZE);
    for (; asked; asked &= asked - 1) {
        const struct percpu *cpu = &percpu_area[__builtin_ctz(asked)];

        while (__atomic_load_n(&cpu->shootdown_pending, __ATOMIC_ACQUIRE)) /* pairs with the release in acknowledge */
            cpu_pause();
    }
}

void tlb_shootdown(const struct space *space, uint64_t address, uint64_t pages)
{
    const struct percpu *self = percpu(), *end = percpu_area + machine.cpu_count;

    if (self->space == space)
        flush(address, pages);
    for (const struct percpu *cpu = percpu_area; cpu < end; cpu++)
        if (cpu->space == space && cpu != self) {
            tell(space, address, pages);
            return;
        }
}

void shootdown_acknowledge(void)
{
    struct percpu *cpu = percpu();

    if (__atomic_load_n(&cpu->shootdown_pending, __ATOMIC_ACQUIRE)) {
        flush(first_address, page_count);
        trace(TRACE_FLUSH, 0, 0, 0, cpu->space ? cpu->space->root / PAGE_SIZE : 0);
        __atomic_store_n(&cpu->shootdown_pending, 0, __ATOMIC_RELEASE);
    }
}
