/*
 * The few facts that only the ACPI tables know: CPUs, IOAPICs, how ISA interrupts are wired, the power port.
 */
#pragma once
#include "kernel/x86_64/arch.h"

/*
 * Fills machine's CPUs and power port and tells ioapic.c what it needs. `rsdp` is where the loader saw the root
 * pointer, 0 if it did not say. Tables are input: what is malformed is left out. Without tables there is one CPU.
 * Boot CPU only, while the boot tables are in force.
 */
void acpi_read(phys_t rsdp);
