/*
 * Enumeration: finds every function behind every bridge, measures its BARs, and finds its MSI-X table.
 *
 * Bus numbers and addresses are the firmware's. A memory BAR on bus 0 that it left without an address gets one below
 * all others; one behind a bridge is reported as absent.
 */
#pragma once
#include "servers/pci/function.h"

/* Fills the table. `silence`: no driver is at work yet, so the MSI-X vectors that are on are nobody's. Bounded whatever
 * the devices answer. */
void pci_scan(struct pci_bus *bus, bool silence);

/* Is a table that a predecessor left what the bus says? Only reads, so sizes are as good as they look. */
bool pci_scan_confirms(const struct pci_bus *bus);
