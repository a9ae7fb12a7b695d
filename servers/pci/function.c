#include "servers/pci/function.h"

#define FIRST_OFFSET      0x40 /* capabilities lie behind the header */
#define MOST_CAPABILITIES 48   /* that fit into configuration space */

unsigned function_capability(const struct pci_function *function, unsigned id, unsigned index)
{
    if (!(config_read(function->address, CONFIG_COMMAND) & STATUS_CAPABILITIES))
        return 0;
    unsigned offset = config_read(function->address, CONFIG_CAPABILITIES) & 0xfc;
    for (unsigned i = 0; i < MOST_CAPABILITIES && offset >= FIRST_OFFSET; i++) {
        uint32_t head = config_read(function->address, offset);
        if ((head & 0xff) == id && index-- == 0)
            return offset;
        offset = head >> 8 & 0xfc;
    }
    return 0;
}

/* The status half is written as zeros, which change nothing there. */
void function_enable(const struct pci_function *function, uint16_t command_bits)
{
    uint32_t command = config_read(function->address, CONFIG_COMMAND) & 0xffff;
    config_write(function->address, CONFIG_COMMAND, command | command_bits);
}
