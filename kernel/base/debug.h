/*
 * Where a debug image's tools (kernel/debug/) come in. They are linked into build/atelier-debug.elf only; in the
 * ordinary image both functions are missing, and the bit that leads to them is never set.
 */
#pragma once
#include <stdbool.h>

struct percpu;

/* Boot: reads the tools' own options. Is any of them to work? Then DETOUR_DEBUG is set on every CPU. */
__attribute__((weak)) bool debug_start(void);
/* With DETOUR_DEBUG in boot_detour: a system call or trap of a thread is over and schedule() has chosen cpu->current;
 * what is left is to release the lock and to leave the kernel. May schedule again. Context: kernel lock held. */
__attribute__((weak)) void debug_step(struct percpu *cpu);
