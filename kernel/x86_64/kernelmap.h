/*
 * The kernel half of every address space.
 */
#pragma once
#include "kernel/x86_64/arch.h"

/*
 * Builds the final tables from machine.ram, fills kernel_root and loads it. From here on: RAM at DIRECT_MAP, the image
 * at KERNEL_BASE, each part with its own rights; nothing is both writable and executable; nothing is mapped low.
 */
void kernel_map_build(void);

/*
 * Maps one page of device registers uncached, for good, and withholds it from machine_is_device_range().
 * Returns where the byte at `physical` is. Boot CPU only, after kernel_map_build().
 */
volatile void *device_map(phys_t physical);
