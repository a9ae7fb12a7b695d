#include "user/bench/kernel/device.h"
#include "user/bench/kernel/bench.h"
#include "user/lib/memory.h"

enum { PORT_ADDRESS = 0xcf8, PORT_DATA = 0xcfc, SLOTS = 32 }; /* PCI configuration, bus 0 */
#define ADDRESS_ENABLE      0x80000000ul
#define EDU                 0x11e81234ul
#define RAISE               0x60 /* offset of the register */
#define COMMAND             0x04
#define COMMAND_ON          6 /* memory and bus master: an interrupt is a write to memory */
#define BAR                 0x10
#define CAPABILITIES        0x34
#define CAPABILITY_MESSAGES 5
#define MESSAGES_ENABLE     (1ul << 16)

static uint64_t slot;

static uint64_t config_read(unsigned offset)
{
    uint64_t value;
    EQUAL(sys_port_write(own.ports, PORT_ADDRESS, 4, ADDRESS_ENABLE | slot << 11 | offset), OK);
    EQUAL(sys_port_read(own.ports, PORT_DATA, 4, &value), OK);
    return value;
}

static void config_write(unsigned offset, uint64_t value)
{
    EQUAL(sys_port_write(own.ports, PORT_ADDRESS, 4, ADDRESS_ENABLE | slot << 11 | offset), OK);
    EQUAL(sys_port_write(own.ports, PORT_DATA, 4, value), OK);
}

/* Where the capability for interrupts by message lies. */
static unsigned find_messages(void)
{
    unsigned at = config_read(CAPABILITIES) & 0xfc;
    while (at && (config_read(at) & 0xff) != CAPABILITY_MESSAGES)
        at = config_read(at) >> 8 & 0xfc;
    CHECK(at != 0);
    return at;
}

static void route(handle_t *irq)
{
    unsigned at = find_messages();
    uint64_t address;
    uint32_t data;
    EQUAL(sys_irq_create_msi(own.irqs, irq, &address, &data), OK);
    config_write(at + 4, address);
    config_write(at + 8, 0);
    config_write(at + 12, data);
    config_write(at, config_read(at) | MESSAGES_ENABLE);
}

volatile uint32_t *device_open(handle_t *irq)
{
    handle_t memory;
    for (slot = 0; slot < SLOTS && config_read(0) != EDU; slot++)
        ;
    CHECK(slot < SLOTS);
    config_write(COMMAND, COMMAND_ON);
    route(irq);
    EQUAL(sys_memory_device(own.devices, config_read(BAR) & ~0xful, 1, 0, &memory), OK);
    volatile char *registers = pages_map(memory, 1, RIGHT_READ | RIGHT_WRITE);
    CHECK(registers != 0);
    return (volatile uint32_t *)(registers + RAISE);
}
