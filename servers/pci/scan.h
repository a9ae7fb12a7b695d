/*
 * Enumeration: finds every function behind every bridge, measures its BARs, and finds its MSI-X table.
 *
 * Bus numbers and addresses are the firmware's. A memory BAR on bus 0 that it left without an address gets one below
 * all others; one behind a bridge is reported as absent. A dead predecessor's MSI-X vectors are silenced.
 */
#pragma once

/* Fills the table of function.h. Bounded whatever the devices answer. */
void pci_scan(void);
