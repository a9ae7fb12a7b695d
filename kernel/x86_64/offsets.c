/*
 * What assembler code knows about C: structure layout and machine constants, from one source.
 *
 * The Makefile compiles this file to assembler text and turns each line "@define NAME $value" into a NASM constant in
 * offsets.inc. Nothing here runs.
 */
#include "kernel/abi/syscall.h"
#include "kernel/base/percpu.h"
#include "kernel/x86_64/cpu.h"

#define DEFINE(name, value) __asm__ volatile("\n# @define " #name " %0" ::"i"(value))

_Static_assert(sizeof(struct frame) % 16 == 0, "the CPU aligns an interrupt's stack to 16 bytes");
_Static_assert(offsetof(struct frame, ss) + 8 == sizeof(struct frame), "the CPU pushes ss first");
_Static_assert(offsetof(struct percpu, self) == 0, "percpu() reads gs:0");
_Static_assert(sizeof(struct task_state) == 104, "the size that the CPU expects");

void offsets(void);

void offsets(void)
{
    DEFINE(PERCPU_KERNEL_STACK, offsetof(struct percpu, kernel_stack));
    DEFINE(PERCPU_CURRENT, offsetof(struct percpu, current));
    DEFINE(PERCPU_DETOUR, offsetof(struct percpu, detour));
    DEFINE(PERCPU_USER_RSP, offsetof(struct percpu, user_rsp));
    DEFINE(PERCPU_FRAME_END, offsetof(struct percpu, task_state.rsp0));
    DEFINE(CPU_STACK_TOP, offsetof(struct cpu_stacks, critical));

    DEFINE(FRAME_SIZE, sizeof(struct frame));
    DEFINE(FRAME_R15, offsetof(struct frame, r15));
    DEFINE(FRAME_R14, offsetof(struct frame, r14));
    DEFINE(FRAME_R13, offsetof(struct frame, r13));
    DEFINE(FRAME_R12, offsetof(struct frame, r12));
    DEFINE(FRAME_RBP, offsetof(struct frame, rbp));
    DEFINE(FRAME_RBX, offsetof(struct frame, rbx));
    DEFINE(FRAME_R10, offsetof(struct frame, r10));
    DEFINE(FRAME_R9, offsetof(struct frame, r9));
    DEFINE(FRAME_R8, offsetof(struct frame, r8));
    DEFINE(FRAME_RAX, offsetof(struct frame, rax));
    DEFINE(FRAME_RDX, offsetof(struct frame, rdx));
    DEFINE(FRAME_RSI, offsetof(struct frame, rsi));
    DEFINE(FRAME_RDI, offsetof(struct frame, rdi));
    DEFINE(FRAME_VECTOR, offsetof(struct frame, vector));
    DEFINE(FRAME_RIP, offsetof(struct frame, rip));
    DEFINE(FRAME_CS, offsetof(struct frame, cs));
    DEFINE(FRAME_RFLAGS, offsetof(struct frame, rflags));
    DEFINE(FRAME_RSP, offsetof(struct frame, rsp));
    DEFINE(FRAME_SYSCALL, FRAME_SYSCALL);

    DEFINE(DELIVERY_IN_FRAME, DELIVERY_IN_FRAME);
    DEFINE(MESSAGE_CALL_FIRST, SYS_SEND);
    DEFINE(MESSAGE_CALL_LAST, SYS_REPLY_RECV);
    DEFINE(SYS_CALL, SYS_CALL);
    DEFINE(SYS_REPLY, SYS_REPLY);
    DEFINE(SYS_REPLY_RECV, SYS_REPLY_RECV);
    DEFINE(MESSAGE_REGISTER_WORDS, MESSAGE_REGISTER_WORDS);

    DEFINE(CODE_SELECTOR, KERNEL_CODE_SELECTOR);
    DEFINE(DATA_SELECTOR, KERNEL_DATA_SELECTOR);
    DEFINE(GDT_KERNEL_CODE, GDT_KERNEL_CODE);
    DEFINE(GDT_KERNEL_DATA, GDT_KERNEL_DATA);
    DEFINE(CR0_KERNEL, CR0_KERNEL);
    DEFINE(CR4_PAE, CR4_PAE);
    DEFINE(MSR_EFER, MSR_EFER);
    DEFINE(MSR_GS_BASE, MSR_GS_BASE);
    DEFINE(EFER_LME, EFER_LME);
    DEFINE(EFER_NXE, EFER_NXE);
    DEFINE(CPUID_LONG_MODE, CPUID_LONG_MODE);
    DEFINE(CPUID_NX, CPUID_NX);
    DEFINE(AP_START, AP_START);
}
