/*
 * Starting the other CPUs, one after the other.
 *
 * The starter offers a place (a percpu with its stacks) in `ap_place`; whichever CPU comes up takes it with an atomic
 * exchange. A CPU that finds no offer halts. So a CPU that comes too late can never take a stack that is in use.
 *
 *   starter                                       new CPU
 *   1. ap_place = place
 *   2. INIT, then start-up messages               ap_start.asm: long mode
 *   3. waits until ap_arrived, or time is up      takes ap_place (now 0)
 *                                                 ap_main(): own tables, local APIC
 *   4. sees it, goes on with the next             ap_arrived = number (release)
 */
#include "kernel/x86_64/smp.h"
#include "kernel/base/check.h"
#include "kernel/base/log.h"
#include "kernel/x86_64/cpu.h"
#include "kernel/x86_64/lapic.h"
#include "kernel/x86_64/ram.h"

#define START_LIMIT  1000000000ul /* ns: for one CPU; a busy host may keep an emulated one waiting */
#define REPEAT_AFTER 2000000ul    /* ns between start-up messages: one sent before INIT was seen is lost */

extern const uint8_t ap_start[], ap_start_end[]; /* ap_start.asm */
extern struct percpu *ap_place;
struct percpu *ap_place;

bool smp_stopping;
static bool start_code_ready;
static unsigned ap_arrived; /* number of the CPU that came up last */

void smp_prepare(void)
{
    volatile uint8_t *code = phys_to_virt(AP_START);
    uint64_t bytes = (uint64_t)ap_start_end - (uint64_t)ap_start;

    start_code_ready = ram_contains(AP_START, AP_START + PAGE_SIZE);
    if (!start_code_ready)
        return;
    for (uint64_t i = 0; i < bytes; i++)
        code[i] = ap_start[i];
}

void ap_main(struct percpu *place)
{
    cpu_load_root(kernel_root);
    cpu_init((unsigned)(place - percpu_area));
    lapic_init();
    __atomic_store_n(&ap_arrived, percpu()->number, __ATOMIC_RELEASE); /* pairs with the acquire in wait_for() */
    scheduler_start();
}

static bool wait_for(unsigned number, uint64_t deadline)
{
    while (__atomic_load_n(&ap_arrived, __ATOMIC_ACQUIRE) != number) {
        if (clock_now() >= deadline)
            return false;
        cpu_pause();
    }
    return true;
}

/* Offers place `number` and starts the CPU. False if nobody came in time; then the place is free again. */
static bool start_cpu(unsigned number, uint32_t apic_id)
{
    uint64_t limit = clock_now() + START_LIMIT;

    percpu_area[number].kernel_stack = (uint64_t)cpu_stacks[number].critical;
    __atomic_store_n(&ap_place, &percpu_area[number], __ATOMIC_RELEASE); /* pairs with the exchange in ap_start.asm */
    lapic_send_init(apic_id);
    while (clock_now() < limit) {
        lapic_send_startup(apic_id, AP_START);
        if (wait_for(number, clock_now() + REPEAT_AFTER))
            return true;
    }
    if (__atomic_exchange_n(&ap_place, 0, __ATOMIC_ACQ_REL))
        return false;
    if (wait_for(number, clock_now() + START_LIMIT)) /* it took the place at the last moment */
        return true;
    panic("cpu%u stopped while it started", number);
}

void start_other_cpus(void)
{
    unsigned found = machine.cpu_count, running = 1;

    if (found > 1 && !start_code_ready)
        log_print("page %x is not free memory: only one CPU is used\n", AP_START);
    for (unsigned i = 0; i < found && start_code_ready; i++) {
        if (machine.apic_ids[i] == percpu()->apic_id)
            continue;
        if (running < MAX_CPUS && start_cpu(running, machine.apic_ids[i]))
            running++;
        else
            log_print("the CPU with APIC id %u did not start\n", machine.apic_ids[i]);
    }
    machine.cpu_count = running;
}
