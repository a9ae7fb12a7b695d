/*
 * A thread's saved registers: how it starts, and what a fault handler sees and may set.
 */
#include "kernel/x86_64/cpu.h"

/* Bits of rflags that belong to the user. The interrupt flag is always set in user mode. */
#define RFLAGS_USER (RFLAGS_ARITHMETIC | RFLAGS_TRAP | RFLAGS_DIRECTION | RFLAGS_ALIGNMENT)
#define RFLAGS_MUST (RFLAGS_FIXED | RFLAGS_INTERRUPT)

#define RESUME_BY_IRET 0 /* any frame.vector but FRAME_SYSCALL */

/* iret to an address that is not canonical would fault in the kernel; made canonical, it faults in user mode. */
static uint64_t canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16);
}

void frame_init(struct frame *frame, uint64_t entry, uint64_t stack, uint64_t rdi, uint64_t rsi, uint64_t rdx)
{
    *frame = (struct frame){.rdi = rdi,
                            .rsi = rsi,
                            .rdx = rdx,
                            .vector = RESUME_BY_IRET,
                            .rip = canonical(entry),
                            .cs = USER_CODE_SELECTOR,
                            .rflags = RFLAGS_MUST,
                            .rsp = stack,
                            .ss = USER_DATA_SELECTOR};
}

void frame_to_registers(const struct frame *frame, struct registers *registers)
{
    *registers = (struct registers){
        .r15 = frame->r15,
        .r14 = frame->r14,
        .r13 = frame->r13,
        .r12 = frame->r12,
        .rbp = frame->rbp,
        .rbx = frame->rbx,
        .r11 = frame->r11,
        .r10 = frame->r10,
        .r9 = frame->r9,
        .r8 = frame->r8,
        .rax = frame->rax,
        .rcx = frame->rcx,
        .rdx = frame->rdx,
        .rsi = frame->rsi,
        .rdi = frame->rdi,
        .rip = frame->rip,
        .rflags = frame->rflags,
        .rsp = frame->rsp,
    };
    if (frame->vector == FRAME_SYSCALL) { /* not saved: the syscall instruction replaced both */
        registers->rcx = frame->rip;
        registers->r11 = frame->rflags;
    }
}

void frame_from_registers(struct frame *frame, const struct registers *registers)
{
    *frame = (struct frame){
        .r15 = registers->r15,
        .r14 = registers->r14,
        .r13 = registers->r13,
        .r12 = registers->r12,
        .rbp = registers->rbp,
        .rbx = registers->rbx,
        .r11 = registers->r11,
        .r10 = registers->r10,
        .r9 = registers->r9,
        .r8 = registers->r8,
        .rax = registers->rax,
        .rcx = registers->rcx,
        .rdx = registers->rdx,
        .rsi = registers->rsi,
        .rdi = registers->rdi,
        .vector = RESUME_BY_IRET,
        .rip = canonical(registers->rip),
        .cs = USER_CODE_SELECTOR,
        .rflags = (registers->rflags & RFLAGS_USER) | RFLAGS_MUST,
        .rsp = registers->rsp,
        .ss = USER_DATA_SELECTOR,
    };
}
