/*
 * The way up: what happens once, on the boot CPU, before kernel_main().
 */
#pragma once
#include "kernel/x86_64/arch.h"

/* From multiboot2.asm: `magic` names the loader, `information` is the physical address of what it left. */
_Noreturn void arch_init_boot_cpu(uint32_t magic, uint32_t information);

/* Says why this machine cannot run Atelier, and halts. */
_Noreturn void boot_stop(const char *reason);

/*
 * Loaders. Each lists the memory ranges (ram_list), fills machine's archive, screen and command line, and returns the
 * physical address of the ACPI root pointer, 0 if it does not know.
 */
#define MULTIBOOT2_MAGIC 0x36d76289u
#define PVH_MAGIC        0x336ec578u
phys_t multiboot2_read(phys_t information);
phys_t pvh_read(phys_t information);

/* For both: the first module is the boot archive; the command line is cut to fit. */
void boot_archive_found(phys_t start, phys_t end);
void boot_command_line(const char *text);
