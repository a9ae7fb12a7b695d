/*
 * PCI configuration space: 256 bytes for each function, by the ports 0xcf8 and 0xcfc, a double word at a time.
 */
#pragma once
#include "user/lib/syscall.h"

struct pci_address {
    uint8_t bus, slot, function;
};

/* offsets of double words, and what is in them */
enum {
    CONFIG_ID = 0x00,      /* vendor 0..15, device 16..31 */
    CONFIG_COMMAND = 0x04, /* command 0..15, status 16..31 */
    CONFIG_CLASS = 0x08,   /* revision, programming interface, subclass, class */
    CONFIG_HEADER = 0x0c,  /* header type 16..22, several functions 23 */
    CONFIG_BAR = 0x10,     /* the first of six */
    CONFIG_BUSES = 0x18,   /* bridge: primary, secondary 8..15, subordinate */
    CONFIG_WINDOW = 0x20,  /* bridge: memory base 4..15 and limit 20..31, the top bits of 32 */
    CONFIG_CAPABILITIES = 0x34,
    CONFIG_SIZE = 0x100,
};

enum { COMMAND_IO = 1 << 0, COMMAND_MEMORY = 1 << 1, COMMAND_MASTER = 1 << 2 };
#define STATUS_CAPABILITIES (1u << 20)  /* in the double word CONFIG_COMMAND */
#define CONFIG_ABSENT       0xffffffffu /* what a missing function reads as */

/* Uses these ports from now on (0xcf8 .. 0xcff). */
void config_open(handle_t ports);

/* The double word at `offset`, a multiple of 4 below CONFIG_SIZE. */
uint32_t config_read(struct pci_address address, unsigned offset);
void config_write(struct pci_address address, unsigned offset, uint32_t value);
