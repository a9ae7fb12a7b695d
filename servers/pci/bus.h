/*
 * What this server believes of the bus: what a predecessor left if the bus confirms it, else what a scan finds.
 *
 * Once known it does not change, so the table is mapped read-only: a wild store of this server's faults, and what is
 * kept for successors stays good.
 */
#pragma once
#include "servers/pci/function.h"

extern const struct pci_bus *pci_bus;

/* Makes pci_bus known; false if there is no memory for it. */
bool bus_open(void);

/* The place of one of its functions in the table. */
static inline unsigned bus_index(const struct pci_function *function)
{
    return (unsigned)(function - pci_bus->functions);
}
