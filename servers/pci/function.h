/*
 * The functions (devices, in everyday words) found on the bus, and what is known of each.
 *
 * scan.c fills the table once; from then on nobody can write it (bus.h), and it outlives this server: measuring a BAR
 * disturbs the device, which may be in use. What drivers are given of a function (Memory, Irqs) is made at each request
 * and becomes theirs.
 */
#pragma once
#include "servers/pci/config.h"
#include <stdbool.h>

#define PCI_FUNCTIONS 64 /* more are not seen */
#define PCI_BARS      6

/* A memory BAR; size 0: none here (also: an I/O BAR, the upper half of another, or without an address). */
struct pci_bar {
    uint64_t address, size;
};

/* The MSI-X capability; entries 0: there is none. */
struct pci_msix {
    unsigned capability; /* offset in configuration space */
    unsigned entries, bar;
    uint64_t offset; /* of the table in its BAR */
};

struct pci_function {
    struct pci_address address;
    uint16_t vendor, device;
    uint16_t class_code; /* class << 8 | subclass */
    bool bridge;
    struct pci_bar bars[PCI_BARS];
    struct pci_msix msix;
};

struct pci_bus {
    uint64_t count;
    struct pci_function functions[PCI_FUNCTIONS];
};

/*
 * The offset of the index-th capability with this id, 0 if there is none. The list is the device's own writing: a loop
 * or a pointer out of range ends it.
 */
unsigned function_capability(const struct pci_function *function, unsigned id, unsigned index);

/* Sets bits of the command register. */
void function_enable(const struct pci_function *function, uint16_t command_bits);
