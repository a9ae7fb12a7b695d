/*
 * MSI-X: a table in one of the function's BARs says, for each of its vectors, what to write where to interrupt.
 *
 * Only this server ever maps the table: a driver that could write it could interrupt any vector of any CPU.
 */
#pragma once
#include "servers/pci/function.h"

/* Fills function->msix from configuration space, checking every number. Only reads. */
void msix_find(struct pci_function *function);

/* Turns the vectors off that somebody before us left on. */
void msix_silence(const struct pci_function *function);

/*
 * Binds vector `vector` to a new Irq, and to no other any more, and unmasks it. OK and *irq, which is for the driver;
 * ERROR_NOT_FOUND: no such vector; ERROR_NO_MEMORY.
 */
int msix_bind(const struct pci_function *function, uint64_t vector, handle_t *irq);

/* Makes the roots known from which the Irqs and the table's Memory are cut. */
void msix_open(handle_t irq_root, handle_t memory_root);
