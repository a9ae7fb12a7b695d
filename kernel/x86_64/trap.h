/*
 * Entries into the kernel, for the files of this folder.
 */
#pragma once
#include "kernel/x86_64/arch.h"

void idt_init(void); /* fills the one interrupt descriptor table; boot CPU only */
void idt_load(void); /* makes the calling CPU use it */

/* entry.asm */
void syscall_entry(void);
#define VECTOR_STUB_SIZE 16
extern const uint8_t vector_stubs[256][VECTOR_STUB_SIZE];

/* Called by entry.asm, interrupts off: an exception or interrupt, on the kernel stack. */
void trap_dispatch(struct frame *frame, bool from_user);
/* Called by entry.asm for NMI, double fault and machine check, on a stack of their own. */
void trap_critical(struct frame *frame);
