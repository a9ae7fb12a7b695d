/*
 * The local APIC: end of interrupt, interrupts to other CPUs, and the timer. Registers are 32 bits wide, 16 bytes
 * apart, and each CPU sees its own at the same address.
 */
#include "kernel/x86_64/lapic.h"
#include "kernel/x86_64/cpu.h"
#include "kernel/x86_64/kernelmap.h"
#include "kernel/x86_64/smp.h"

enum lapic_register {
    LAPIC_ID = 0x20,
    LAPIC_PRIORITY = 0x80,
    LAPIC_END = 0xb0,
    LAPIC_SPURIOUS = 0xf0,
    LAPIC_COMMAND_LOW = 0x300,
    LAPIC_COMMAND_HIGH = 0x310,
    LAPIC_TIMER = 0x320,
    LAPIC_LINT0 = 0x350,
    LAPIC_LINT1 = 0x360,
    LAPIC_ERROR = 0x370,
    LAPIC_INITIAL_COUNT = 0x380,
    LAPIC_CURRENT_COUNT = 0x390,
    LAPIC_DIVIDE = 0x3e0,
};
#define SPURIOUS_ENABLE (1u << 8)
#define ENTRY_MASKED    (1u << 16)
#define ENTRY_NMI       (4u << 8)
#define DIVIDE_BY_16    3u

#define COMMAND_NMI     (4u << 8)
#define COMMAND_INIT    (5u << 8)
#define COMMAND_STARTUP (6u << 8)
#define COMMAND_ASSERT  (1u << 14)
#define COMMAND_PENDING (1u << 12)

#define APIC_BASE_ENABLE  (1ul << 11)
#define APIC_BASE_ADDRESS 0x000ffffffffff000ul

static volatile uint8_t *lapic;

static void lapic_write(enum lapic_register at, uint32_t value)
{
    *(volatile uint32_t *)(lapic + at) = value;
}

static uint32_t lapic_read(enum lapic_register at)
{
    return *(volatile uint32_t *)(lapic + at);
}

void lapic_init(void)
{
    uint64_t base = msr_read(MSR_APIC_BASE);

    if (!lapic)
        lapic = device_map(base & APIC_BASE_ADDRESS);
    msr_write(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
    lapic_write(LAPIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
    lapic_write(LAPIC_PRIORITY, 0);
    lapic_write(LAPIC_LINT0, ENTRY_MASKED);
    lapic_write(LAPIC_LINT1, ENTRY_NMI);
    lapic_write(LAPIC_ERROR, ENTRY_MASKED);
    lapic_write(LAPIC_DIVIDE, DIVIDE_BY_16);
    lapic_write(LAPIC_TIMER, VECTOR_TIMER); /* one shot */
    percpu()->apic_id = lapic_read(LAPIC_ID) >> 24;
}

void interrupt_end(void)
{
    lapic_write(LAPIC_END, 0);
}

void lapic_timer_set(uint32_t steps)
{
    lapic_write(LAPIC_INITIAL_COUNT, steps);
}

uint32_t lapic_timer_left(void)
{
    return lapic_read(LAPIC_CURRENT_COUNT);
}

/* Sends a command when the one before has left. */
static void lapic_command(uint32_t apic_id, uint32_t command)
{
    while (lapic_read(LAPIC_COMMAND_LOW) & COMMAND_PENDING)
        cpu_pause();
    lapic_write(LAPIC_COMMAND_HIGH, apic_id << 24);
    lapic_write(LAPIC_COMMAND_LOW, command | COMMAND_ASSERT);
}

void lapic_send_init(uint32_t apic_id)
{
    lapic_command(apic_id, COMMAND_INIT);
}

void lapic_send_startup(uint32_t apic_id, phys_t page)
{
    lapic_command(apic_id, COMMAND_STARTUP | (uint32_t)(page >> PAGE_SHIFT));
}

void cpu_send_ipi(struct percpu *target, enum ipi kind)
{
    switch (kind) {
    case IPI_RESCHEDULE:
        lapic_command(target->apic_id, VECTOR_RESCHEDULE);
        break;
    case IPI_SHOOTDOWN:
        lapic_command(target->apic_id, VECTOR_SHOOTDOWN);
        break;
    case IPI_HALT:
        smp_stopping = true; /* an NMI, because the target may be in the kernel, with interrupts off */
        lapic_command(target->apic_id, COMMAND_NMI);
        break;
    }
}

void msi_address(unsigned vector, uint32_t apic_id, uint64_t *address, uint32_t *data)
{
    *address = 0xfee00000ul | (uint64_t)apic_id << 12; /* physical destination, this CPU only */
    *data = vector;                                    /* fixed delivery, edge */
}
