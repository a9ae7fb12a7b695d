/*
 * A thread's saved registers: how it starts, and what a fault handler sees and may set.
 */
#include "kernel/base/memory.h"
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

/* Both structs begin with the same registers, in the order in which entry.asm pushes them. */
#define PUSHED_BYTES offsetof(struct registers, rip)
_Static_assert(PUSHED_BYTES == offsetof(struct frame, vector), "a frame and struct registers begin alike");

void frame_to_registers(const struct frame *frame, struct registers *registers)
{
    memory_copy(registers, frame, PUSHED_BYTES);
    registers->rip = frame->rip;
    registers->rflags = frame->rflags;
    registers->rsp = frame->rsp;
    if (frame->vector == FRAME_SYSCALL) { /* not saved: the syscall instruction replaced both */
        registers->rcx = frame->rip;
        registers->r11 = frame->rflags;
    }
}

void frame_from_registers(struct frame *frame, const volatile struct registers *registers)
{
    memory_copy(frame, (const void *)registers, PUSHED_BYTES);
    frame->vector = RESUME_BY_IRET;
    frame->rip = canonical(registers->rip);
    frame->rflags = (registers->rflags & RFLAGS_USER) | RFLAGS_MUST;
    frame->rsp = registers->rsp;
}
