/*
 * The physical address space as the loader describes it, until it has become machine.ram.
 *
 * Typical sequence during boot: ram_list() for each range of the loader's map -> ram_build() -> ram_cut() for what is
 * in use -> ram_take_page() for page tables -> ram_cut() of the low 1 MiB. Then machine.ram is handed to mm/.
 */
#pragma once
#include "kernel/x86_64/arch.h"

/* Memory beyond this physical address is left alone: the direct map ends well below DEVICE_MAP. */
#define RAM_LIMIT (16ul << 40)

/* The boot tables (multiboot2.asm) reach this far, so nothing above can be looked at before kernelmap.c is done. */
#define BOOT_MAP_END (4ul << 30)

/* Notes one range, in any order; overlaps are allowed, what is not usable wins. Halts if there are too many. */
void ram_list(phys_t start, uint64_t bytes, bool usable);

/* Fills machine.ram and machine.ram_end from the list. Halts if there is less than Atelier needs. */
void ram_build(void);

/* Takes [start, end), widened to pages, out of machine.ram. */
void ram_cut(phys_t start, phys_t end);

/* Is [start, end) within one region of machine.ram? */
bool ram_contains(phys_t start, phys_t end);

/* Takes one page below BOOT_MAP_END out of machine.ram, zeroed. Halts if there is none. */
phys_t ram_take_page(void);
