/*
 * Other CPUs: their start, and their stop in a panic.
 */
#pragma once
#include "kernel/x86_64/arch.h"

/* Set before the first IPI_HALT: an NMI from now on means stop. */
extern bool smp_stopping;

/* Copies the start code below 1 MiB. Boot CPU, while the boot tables are in force and machine.ram has low memory. */
void smp_prepare(void);

/* Where every other CPU enters C (from ap_start.asm), on the stack of the place it took. */
_Noreturn void ap_main(struct percpu *place);
