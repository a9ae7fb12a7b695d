/*
 * The interrupt controllers that devices are wired to, for the files of this folder.
 */
#pragma once
#include "kernel/x86_64/arch.h"

/* What the tables say: an IOAPIC whose first pin has this system-wide number; an ISA interrupt wired otherwise. */
void ioapic_found(phys_t address, uint32_t first_pin);
void isa_irq_override(unsigned irq, uint32_t system_pin, uint16_t flags);

/*
 * Masks the controllers that PCs had before. Before lapic_init(): an interrupt of theirs that waits when the local APIC
 * closes its line to them would stay pending without a vector.
 */
void pic_silence(void);

/* Maps the IOAPICs found and masks every pin. After kernel_map_build(). */
void ioapic_init(void);
