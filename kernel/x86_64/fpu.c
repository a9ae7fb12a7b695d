/*
 * Floating point and vector state: 512 bytes in the layout of fxsave, 16-byte aligned.
 *
 * The kernel has no floating point of its own. CR0.TS makes a user's first such instruction an exception (vector 7),
 * so that the portable kernel can load the right state then and not before.
 */
#include "kernel/x86_64/cpu.h"

#define CONTROL_WORD 0x037f /* x87: all exceptions masked, 64-bit precision */
#define MXCSR        0x1f80 /* SSE: all exceptions masked */
enum { CONTROL_WORD_AT = 0, MXCSR_AT = 24 };

void fpu_init_state(void *state)
{
    uint64_t *words = state;

    for (unsigned i = 0; i < FPU_STATE_SIZE / sizeof(*words); i++)
        words[i] = 0;
    words[CONTROL_WORD_AT / 8] = CONTROL_WORD;
    words[MXCSR_AT / 8] = MXCSR;
}

void fpu_disable(void)
{
    __asm__ volatile("mov %0, %%cr0" ::"r"((uint64_t)CR0_KERNEL | CR0_TS) : "memory");
}

void fpu_restore(const void *state)
{
    __asm__ volatile("clts; fxrstor64 (%0)" ::"r"(state) : "memory");
}

void fpu_save(void *state)
{
    __asm__ volatile("fxsave64 (%0)" ::"r"(state) : "memory");
}
