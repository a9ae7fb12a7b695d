/*
 * IOAPICs: each pin has a redirection entry that says which vector it raises on which CPU.
 *
 * ISA interrupt n is the system's pin n, edge-triggered, active high, unless the tables override that. Registers are
 * reached through an index and a data window; callers hold the kernel lock.
 */
#include "kernel/x86_64/ioapic.h"
#include "kernel/x86_64/kernelmap.h"

#define MAX_IOAPICS    8
#define ISA_IRQS       16
#define REGISTER_INDEX 0x00
#define REGISTER_DATA  0x10
#define IOAPIC_VERSION 1 /* bits 16..23: number of the last pin */
#define PIN_LOW(pin)   (0x10 + 2 * (pin))
#define PIN_HIGH(pin)  (0x11 + 2 * (pin))
#define PIN_ACTIVE_LOW (1u << 13)
#define PIN_LEVEL      (1u << 15)
#define PIN_MASKED     (1u << 16)

/* MADT flags: two bits polarity, two bits trigger mode; 0 means as on the ISA bus. */
#define FLAGS_ACTIVE_LOW(flags) (((flags)&3) == 3)
#define FLAGS_LEVEL(flags)      (((flags) >> 2 & 3) == 3)

/* The two old controllers (PIC). */
#define PIC1         0x20
#define PIC2         0xa0
#define PIC_VECTOR1  0x20 /* where a stray one goes: vectors that trap.c ignores */
#define PIC_VECTOR2  0x28
#define PIC_START    0x11
#define PIC_MODE_X86 1

static struct ioapic {
    phys_t address;
    volatile uint8_t *registers;
    uint32_t first_pin, pins;
} ioapics[MAX_IOAPICS];
static unsigned ioapic_count;

static struct isa_irq {
    bool overridden, active_low, level;
    uint32_t system_pin;
} isa_irqs[ISA_IRQS];

static uint32_t ioapic_read(const struct ioapic *ioapic, uint32_t number)
{
    *(volatile uint32_t *)(ioapic->registers + REGISTER_INDEX) = number;
    return *(volatile uint32_t *)(ioapic->registers + REGISTER_DATA);
}

static void ioapic_write(const struct ioapic *ioapic, uint32_t number, uint32_t value)
{
    *(volatile uint32_t *)(ioapic->registers + REGISTER_INDEX) = number;
    *(volatile uint32_t *)(ioapic->registers + REGISTER_DATA) = value;
}

void ioapic_found(phys_t address, uint32_t first_pin)
{
    if (ioapic_count < MAX_IOAPICS)
        ioapics[ioapic_count++] = (struct ioapic){.address = address, .first_pin = first_pin};
}

void isa_irq_override(unsigned irq, uint32_t system_pin, uint16_t flags)
{
    if (irq < ISA_IRQS)
        isa_irqs[irq] = (struct isa_irq){true, FLAGS_ACTIVE_LOW(flags), FLAGS_LEVEL(flags), system_pin};
}

void pic_silence(void)
{
    port_write(PIC1, 1, PIC_START); /* vectors of their own, because masked ones can still raise a stray interrupt */
    port_write(PIC2, 1, PIC_START);
    port_write(PIC1 + 1, 1, PIC_VECTOR1);
    port_write(PIC2 + 1, 1, PIC_VECTOR2);
    port_write(PIC1 + 1, 1, 1 << 2); /* the second hangs on line 2 of the first */
    port_write(PIC2 + 1, 1, 2);
    port_write(PIC1 + 1, 1, PIC_MODE_X86);
    port_write(PIC2 + 1, 1, PIC_MODE_X86);
    port_write(PIC1 + 1, 1, 0xff); /* all masked */
    port_write(PIC2 + 1, 1, 0xff);
}

void ioapic_init(void)
{
    for (unsigned i = 0; i < ioapic_count; i++) {
        struct ioapic *ioapic = &ioapics[i];

        ioapic->registers = device_map(ioapic->address);
        ioapic->pins = (ioapic_read(ioapic, IOAPIC_VERSION) >> 16 & 0xff) + 1;
        for (uint32_t pin = 0; pin < ioapic->pins; pin++)
            ioapic_write(ioapic, PIN_LOW(pin), PIN_MASKED);
    }
}

/* The IOAPIC and its pin that ISA interrupt `irq` is wired to; 0 if there is none. */
static const struct ioapic *find_pin(unsigned irq, uint32_t *pin)
{
    uint32_t system_pin;

    if (irq >= ISA_IRQS)
        return 0;
    system_pin = isa_irqs[irq].overridden ? isa_irqs[irq].system_pin : irq;
    for (unsigned i = 0; i < ioapic_count; i++) {
        *pin = system_pin - ioapics[i].first_pin;
        if (system_pin >= ioapics[i].first_pin && *pin < ioapics[i].pins)
            return &ioapics[i];
    }
    return 0;
}

bool isa_irq_route(unsigned irq, unsigned vector, uint32_t apic_id)
{
    uint32_t pin;
    const struct ioapic *ioapic = find_pin(irq, &pin);

    if (!ioapic)
        return false;
    ioapic_write(ioapic, PIN_HIGH(pin), apic_id << 24);
    ioapic_write(ioapic, PIN_LOW(pin),
                 vector | (isa_irqs[irq].active_low ? PIN_ACTIVE_LOW : 0) | (isa_irqs[irq].level ? PIN_LEVEL : 0));
    return true;
}

void isa_irq_mask(unsigned irq, bool masked)
{
    uint32_t pin, low;
    const struct ioapic *ioapic = find_pin(irq, &pin);

    if (!ioapic)
        return;
    low = ioapic_read(ioapic, PIN_LOW(pin));
    ioapic_write(ioapic, PIN_LOW(pin), masked ? low | PIN_MASKED : low & ~PIN_MASKED);
}

bool isa_irq_is_level(unsigned irq)
{
    return irq < ISA_IRQS && isa_irqs[irq].level;
}
