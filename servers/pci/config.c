#include "servers/pci/config.h"

enum { PORT_ADDRESS = 0xcf8, PORT_DATA = 0xcfc };
#define ADDRESS_ENABLE (1u << 31)

static handle_t ports;

void config_open(handle_t given)
{
    ports = given;
}

static void select_word(struct pci_address address, unsigned offset)
{
    uint32_t value = ADDRESS_ENABLE | (uint32_t)address.bus << 16 | (address.slot & 31u) << 11 |
                     (address.function & 7u) << 8 | (offset & 0xfc);
    sys_port_write(ports, PORT_ADDRESS, 4, value);
}

uint32_t config_read(struct pci_address address, unsigned offset)
{
    uint64_t value = CONFIG_ABSENT;
    select_word(address, offset);
    sys_port_read(ports, PORT_DATA, 4, &value);
    return (uint32_t)value;
}

void config_write(struct pci_address address, unsigned offset, uint32_t value)
{
    select_word(address, offset);
    sys_port_write(ports, PORT_DATA, 4, value);
}
