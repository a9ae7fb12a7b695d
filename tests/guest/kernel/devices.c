/*
 * Ports, interrupts and device memory: authority over pieces of the machine, cut from the roots that the first process
 * holds. The devices asked are those that every PC has: the real-time clock, and the event timer of this board.
 */
#include "tests/guest/harness/story.h"
#include "user/lib/memory.h"

/* ---- the real-time clock ---- */

#define CLOCK_PORT 0x70 /* the register's number; its contents are at the next port */
#define CLOCK_PIN  8
enum { REGISTER_A = 10, REGISTER_B = 11, REGISTER_C = 12, REGISTER_D = 13 };
#define DIVIDER_1024_HZ 0x26 /* in register A */
#define PERIODIC        0x40 /* in registers B and C */

static handle_t clock_ports(void)
{
    handle_t ports;
    EQUAL(sys_ioports_create(own.ports, CLOCK_PORT, 2, &ports), OK);
    return ports;
}

static uint64_t read_register(handle_t ports, unsigned number)
{
    uint64_t value;
    EQUAL(sys_port_write(ports, CLOCK_PORT, 1, number), OK);
    EQUAL(sys_port_read(ports, CLOCK_PORT + 1, 1, &value), OK);
    return value;
}

static void write_register(handle_t ports, unsigned number, uint64_t value)
{
    EQUAL(sys_port_write(ports, CLOCK_PORT, 1, number), OK);
    EQUAL(sys_port_write(ports, CLOCK_PORT + 1, 1, value), OK);
}

static void ports_reach_the_device(void)
{
    static const uint8_t numbers[] = {REGISTER_A, REGISTER_B, REGISTER_D};
    handle_t ports = clock_ports();
    uint64_t done, value;
    EQUAL(read_register(ports, REGISTER_D) & 0x7f, 0); /* reserved bits, always 0 */
    write_register(ports, REGISTER_A, DIVIDER_1024_HZ);
    EQUAL(read_register(ports, REGISTER_A) & 0x7f, DIVIDER_1024_HZ);
    EQUAL(sys_port_write_bytes(ports, CLOCK_PORT, numbers, 1, &done), OK); /* in order: the last one counts */
    EQUAL(done, 1);
    EQUAL(sys_port_read(ports, CLOCK_PORT + 1, 1, &value), OK);
    EQUAL(value & 0x7f, DIVIDER_1024_HZ);
    EQUAL(sys_port_write_bytes(ports, CLOCK_PORT, numbers, 3, &done), OK);
    EQUAL(done, 3);
    EQUAL(sys_port_read(ports, CLOCK_PORT + 1, 1, &value), OK);
    EQUAL(value & 0x7f, 0);
}

/* A piece is what it is: nothing in front of it, nothing behind it, and only the widths there are. */
static void ports_have_bounds(void)
{
    handle_t ports = clock_ports(), piece, none;
    uint64_t value, done;
    EQUAL(sys_port_read(ports, CLOCK_PORT - 1, 1, &value), E_ARGUMENT);
    EQUAL(sys_port_read(ports, CLOCK_PORT + 2, 1, &value), E_ARGUMENT);
    EQUAL(sys_port_read(ports, CLOCK_PORT + 1, 2, &value), E_ARGUMENT);
    EQUAL(sys_port_read(ports, CLOCK_PORT, 4, &value), E_ARGUMENT);
    EQUAL(sys_port_read(ports, CLOCK_PORT, 0, &value), E_ARGUMENT);
    EQUAL(sys_port_read(ports, CLOCK_PORT, 3, &value), E_ARGUMENT);
    EQUAL(sys_port_read(ports, CLOCK_PORT, ~0u, &value), E_ARGUMENT);
    EQUAL(sys_port_write_bytes(ports, CLOCK_PORT + 2, &value, 1, &done), E_ARGUMENT);
    EQUAL(sys_port_write_bytes(ports, CLOCK_PORT, &value, 0, &done), E_ARGUMENT);
    EQUAL(sys_port_write_bytes(ports, CLOCK_PORT, &value, 257, &done), E_ARGUMENT);
    EQUAL(sys_ioports_create(ports, CLOCK_PORT, 1, &piece), OK);
    EQUAL(sys_port_read(piece, CLOCK_PORT + 1, 1, &value), E_ARGUMENT);
    EQUAL(sys_ioports_create(ports, CLOCK_PORT, 3, &none), E_ARGUMENT);
    EQUAL(sys_ioports_create(own.ports, 0xffff, 2, &none), E_ARGUMENT);
    EQUAL(sys_ioports_create(own.ports, 0x10000, 1, &none), E_ARGUMENT);
    EQUAL(sys_ioports_create(own.ports, 5, 0, &none), E_ARGUMENT);
}

static void ports_have_rights(void)
{
    handle_t ports = clock_ports(), readable, writable, none;
    uint64_t value;
    EQUAL(sys_cap_copy(SELF, ports, SELF, RIGHT_READ, &readable), OK);
    EQUAL(sys_cap_copy(SELF, ports, SELF, RIGHT_WRITE, &writable), OK);
    EQUAL(sys_port_write(readable, CLOCK_PORT, 1, REGISTER_D), E_RIGHTS);
    EQUAL(sys_port_read(writable, CLOCK_PORT, 1, &value), E_RIGHTS);
    EQUAL(sys_ioports_create(readable, CLOCK_PORT, 1, &none), E_RIGHTS);
    EQUAL(sys_port_write(writable, CLOCK_PORT, 1, REGISTER_D), OK);
}

/* ---- interrupts ---- */

static void start_clock(handle_t ports)
{
    write_register(ports, REGISTER_A, DIVIDER_1024_HZ);
    write_register(ports, REGISTER_B, (read_register(ports, REGISTER_B) & 0x0f) | PERIODIC);
    read_register(ports, REGISTER_C); /* whatever is pending */
}

static void stop_clock(handle_t ports)
{
    write_register(ports, REGISTER_B, read_register(ports, REGISTER_B) & ~PERIODIC);
    read_register(ports, REGISTER_C);
}

/* An interrupt is bits of a notification, as often as it comes. */
static void an_interrupt_signals(void)
{
    handle_t ports = clock_ports(), notification = new_notification(), irq;
    uint64_t bits;
    EQUAL(sys_irq_create_isa(own.irqs, CLOCK_PIN, &irq), OK);
    EQUAL(sys_irq_bind(irq, notification, 0x50), OK);
    start_clock(ports);
    for (unsigned i = 0; i < 20; i++) {
        EQUAL(sys_wait(notification, sys_clock() + SECOND, &bits), OK);
        EQUAL(bits, 0x50);
        bool told = read_register(ports, REGISTER_C) & PERIODIC;
        CHECK(told || !board->exact); /* on a busy host the next period may have begun, and one look answers both */
        EQUAL(sys_irq_acknowledge(irq), OK);
    }
    stop_clock(ports);
    sys_wait(notification, DEADLINE_POLL, &bits); /* one may have been under way */
    EQUAL(sys_wait(notification, sys_clock() + 20 * MILLISECOND, &bits), E_TIMEOUT);
}

/* Unbound, it goes nowhere; with its notification likewise; bound again, it comes again. */
static void an_interrupt_can_be_unbound(void)
{
    handle_t ports = clock_ports(), notification = new_notification(), irq;
    uint64_t bits;
    EQUAL(sys_irq_create_isa(own.irqs, CLOCK_PIN, &irq), OK);
    EQUAL(sys_irq_acknowledge(irq), OK); /* nothing to acknowledge is no error */
    EQUAL(sys_irq_bind(irq, notification, 1), OK);
    EQUAL(sys_irq_bind(irq, 0, 0), OK);
    start_clock(ports);
    EQUAL(sys_wait(notification, sys_clock() + 20 * MILLISECOND, &bits), E_TIMEOUT);
    EQUAL(sys_irq_bind(irq, notification, 2), OK);
    EQUAL(sys_cap_delete(SELF, notification), OK);
    notification = new_notification();
    read_register(ports, REGISTER_C);
    EQUAL(sys_wait(notification, sys_clock() + 20 * MILLISECOND, &bits), E_TIMEOUT);
    EQUAL(sys_irq_bind(irq, notification, 4), OK);
    read_register(ports, REGISTER_C);
    EQUAL(sys_wait(notification, sys_clock() + SECOND, &bits), OK);
    EQUAL(bits, 4);
    stop_clock(ports);
}

static void a_pin_belongs_to_one(void)
{
    handle_t irq, other;
    EQUAL(sys_irq_create_isa(own.irqs, CLOCK_PIN, &irq), OK);
    EQUAL(sys_irq_create_isa(own.irqs, CLOCK_PIN, &other), E_BUSY);
    EQUAL(sys_irq_create_isa(own.irqs, 16, &other), E_ARGUMENT);
    EQUAL(sys_irq_create_isa(irq, 5, &other), E_ARGUMENT); /* only a root makes others */
    EQUAL(sys_irq_bind(own.irqs, new_notification(), 1), E_ARGUMENT);
    EQUAL(sys_cap_delete(SELF, irq), OK);
    EQUAL(sys_irq_create_isa(own.irqs, CLOCK_PIN, &irq), OK);
}

/* Messages of devices: each has a vector of its own, there is an end to them, and they come back. */
static void vectors_are_limited_and_come_back(void)
{
    for (unsigned round = 0; round < 2; round++) {
        static handle_t irqs[256];
        uint64_t address, seen[4] = {0};
        uint32_t data;
        unsigned count = 0;
        int status;
        while ((status = sys_irq_create_msi(own.irqs, &irqs[count], &address, &data)) == OK) {
            EQUAL(address & 0xfff00000, 0xfee00000);
            CHECK(data >= 0x30 && data < 0xe0);
            EQUAL(seen[data / 64] >> data % 64 & 1, 0);
            seen[data / 64] |= 1ul << data % 64;
            count++;
        }
        EQUAL(status, E_LIMIT);
        CHECK(count > 100);
        while (count > 0)
            EQUAL(sys_cap_delete(SELF, irqs[--count]), OK);
    }
}

/* ---- device memory ---- */

#define TIMER_ADDRESS 0xfed00000 /* the event timer's registers */
#define TIMER_VENDOR  0x8086     /* in bits 16..31 of the first one */

static void device_memory_is_the_device(void)
{
    handle_t timer;
    volatile uint64_t *registers;
    EQUAL(sys_memory_device(own.devices, TIMER_ADDRESS, 1, 0, &timer), OK);
    registers = pages_map(timer, 1, RIGHT_READ);
    CHECK(registers != 0);
    EQUAL(registers[0] >> 16 & 0xffff, TIMER_VENDOR);
}

/* RAM is never device memory: neither the kernel's nor a process's. */
static void memory_is_not_a_device(void)
{
    handle_t dma, none;
    uint64_t physical;
    EQUAL(sys_memory_create(SELF, 4, MEMORY_DMA, &dma), OK);
    EQUAL(sys_memory_physical(dma, 1, &physical), OK);
    EQUAL(sys_memory_device(own.devices, physical, 1, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.devices, 0, 1, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.devices, 0x200000, 1, 0, &none), E_ARGUMENT); /* the kernel */
    EQUAL(sys_memory_device(own.devices, TIMER_ADDRESS + 1, 1, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.devices, TIMER_ADDRESS, 0, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.devices, TIMER_ADDRESS, ~0ul, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.devices, TIMER_ADDRESS, 1, MEMORY_DMA, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.devices, ~0ul << 12, 1, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.devices, ~0ul << 12, 2, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.devices, 1ul << 56, 1, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(dma, TIMER_ADDRESS, 1, 0, &none), E_ARGUMENT);
    EQUAL(sys_memory_device(own.ports, TIMER_ADDRESS, 1, 0, &none), E_TYPE);
}

/* The kernel itself does not read devices for anybody. */
static void devices_cannot_be_lent(void)
{
    handle_t timer, ports;
    void *registers;
    uint64_t done;
    EQUAL(sys_memory_device(own.devices, TIMER_ADDRESS, 1, 0, &timer), OK);
    EQUAL(sys_ioports_create(own.ports, 0x80, 1, &ports), OK);
    registers = pages_map(timer, 1, RIGHT_READ | RIGHT_WRITE);
    CHECK(registers != 0);
    EQUAL(sys_port_write_bytes(ports, 0x80, registers, 4, &done), E_ADDRESS);
    EQUAL(sys_memory_physical(timer, 0, &done), E_ARGUMENT);
}

int main(void)
{
    RUN_ONCE(ports_reach_the_device);
    RUN_ONCE(ports_have_bounds);
    RUN_ONCE(ports_have_rights);
    RUN_ONCE(an_interrupt_signals);
    RUN_ONCE(an_interrupt_can_be_unbound);
    RUN_ONCE(a_pin_belongs_to_one);
    RUN_ONCE(vectors_are_limited_and_come_back);
    RUN_ONCE(device_memory_is_the_device);
    RUN_ONCE(memory_is_not_a_device);
    RUN_ONCE(devices_cannot_be_lent);
    finish();
}
