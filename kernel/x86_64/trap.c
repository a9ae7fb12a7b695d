/*
 * Exceptions and interrupts: the descriptor table, and who handles which vector.
 *
 * What a user did wrong, and what devices and the timer want, is the portable kernel's business (kernel_trap). An
 * exception in the kernel itself is a bug and panics. Interrupts between CPUs that must work without the kernel lock
 * are handled here.
 */
#include "kernel/x86_64/trap.h"
#include "kernel/base/check.h"
#include "kernel/base/log.h"
#include "kernel/x86_64/cpu.h"
#include "kernel/x86_64/smp.h"

enum { BREAKPOINT = 3, OVERFLOW = 4, NMI = 2, DOUBLE_FAULT = 8, MACHINE_CHECK = 18 };
enum { EXCEPTIONS = 32, VECTOR_PIC_LAST = 0x2f }; /* 0x20 .. 0x2f: the old interrupt controllers, which are masked */

struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};
static struct gate idt[256] __attribute__((aligned(16)));

#define GATE_INTERRUPT 0x8e /* present, clears the interrupt flag */
#define GATE_USER      0x60 /* user code may raise it with an int instruction */

static void gate_set(unsigned vector, unsigned stack, unsigned type)
{
    uint64_t stub = (uint64_t)vector_stubs[vector];

    idt[vector] = (struct gate){.offset_low = (uint16_t)stub,
                                .offset_middle = (uint16_t)(stub >> 16),
                                .offset_high = (uint32_t)(stub >> 32),
                                .selector = KERNEL_CODE_SELECTOR,
                                .stack = (uint8_t)stack,
                                .type = (uint8_t)type};
}

void idt_init(void)
{
    for (unsigned vector = 0; vector < 256; vector++)
        gate_set(vector, 0, GATE_INTERRUPT);
    gate_set(BREAKPOINT, 0, GATE_INTERRUPT | GATE_USER);
    gate_set(OVERFLOW, 0, GATE_INTERRUPT | GATE_USER);
    gate_set(NMI, STACK_NMI + 1, GATE_INTERRUPT);
    gate_set(DOUBLE_FAULT, STACK_DOUBLE_FAULT + 1, GATE_INTERRUPT);
    gate_set(MACHINE_CHECK, STACK_MACHINE_CHECK + 1, GATE_INTERRUPT);
}

void idt_load(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) table = {sizeof(idt) - 1, (uint64_t)idt};

    __asm__ volatile("lidt %0" ::"m"(table));
}

/* A bug in the kernel: prints the registers and panics. */
static _Noreturn void kernel_exception(const struct frame *f)
{
    static const char *const names[EXCEPTIONS] = {
        "divide error",       "debug exception",    "NMI",
        "breakpoint",         "overflow",           "bound range",
        "invalid opcode",     "device not there",   "double fault (stack overflow?)",
        "exception 9",        "invalid TSS",        "segment not present",
        "stack fault",        "general protection", "page fault",
        "exception 15",       "x87 exception",      "alignment check",
        "machine check",      "SIMD exception",     "virtualization exception",
        "control protection",
    };
    const char *name = f->vector < EXCEPTIONS && names[f->vector] ? names[f->vector] : "exception";

    log_print("\nrax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx rbp %lx rsp %lx\n", f->rax, f->rbx, f->rcx, f->rdx,
              f->rsi, f->rdi, f->rbp, f->rsp);
    log_print("r8 %lx r9 %lx r10 %lx r11 %lx r12 %lx r13 %lx r14 %lx r15 %lx rflags %lx\n", f->r8, f->r9, f->r10,
              f->r11, f->r12, f->r13, f->r14, f->r15, f->rflags);
    panic("%s (vector %lu, error %lx) in the kernel at rip %lx, fault address %lx", name, f->vector, f->error, f->rip,
          cpu_fault_address());
}

void trap_dispatch(struct frame *frame, bool from_user)
{
    if (frame->vector < EXCEPTIONS && !from_user)
        kernel_exception(frame);
    if (frame->vector < EXCEPTIONS || (frame->vector > VECTOR_PIC_LAST && frame->vector < VECTOR_SHOOTDOWN)) {
        kernel_trap(frame, from_user);
    } else if (frame->vector == VECTOR_SHOOTDOWN) {
        interrupt_end();
        shootdown_acknowledge();
    }
}

void trap_critical(struct frame *frame)
{
    if (frame->vector != NMI)
        kernel_exception(frame);
    if (smp_stopping)
        cpu_halt();
    log_print("NMI on cpu%u at rip %lx: ignored\n", percpu()->number, frame->rip);
}

/* How many callers a backtrace shows at most. */
#define BACKTRACE_DEPTH 24

void backtrace_print(uint64_t frame_pointer)
{
    for (unsigned i = 0; i < BACKTRACE_DEPTH; i++) {
        const uint64_t *link = (const uint64_t *)frame_pointer; /* the caller's frame pointer, the return address */

        if (frame_pointer % 8 || !cpu_stack_contains(frame_pointer, 16) || link[1] < KERNEL_BASE)
            return;
        log_print("  %lx\n", link[1]);
        frame_pointer = link[0];
    }
}
