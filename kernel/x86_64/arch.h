/*
 * The whole contract between the portable kernel and the machine.
 *
 * Life of a CPU: boot code brings it to long mode with the kernel mapped; arch_init_boot_cpu() or ap_main() fills its
 * percpu, tables and timer; then it enters `scheduler_start()` (sched/sched.c) and from there on the kernel is entered
 * only through entry.asm, which saves the user registers into the current thread's frame, loads this CPU's kernel
 * stack, and calls kernel_syscall() or kernel_trap(). When those return, entry.asm resumes `percpu()->current`
 * from its frame: by sysretq when frame.vector says FRAME_SYSCALL, else by iretq.
 * Interrupts are off everywhere in the kernel but inside cpu_idle().
 */
#pragma once
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t phys_t;

/* ---- addresses ---- */
#define KERNEL_BASE 0xffffffff80000000ul /* the kernel image, linked here; physical 0 */
#define DIRECT_MAP  0xffff800000000000ul /* all RAM; never executable, read-only over kernel text and rodata */
#define DEVICE_MAP  0xffffff0000000000ul /* local APIC, IOAPICs: uncached, mapped by device_map() during boot */

static inline void *phys_to_virt(phys_t physical)
{
    return (void *)(physical + DIRECT_MAP);
}
static inline phys_t virt_to_phys(const void *address) /* of a direct-map address */
{
    return (phys_t)address - DIRECT_MAP;
}

/* ---- what entry.asm saves of a thread: the top of this struct is where TSS.rsp0 of its CPU points ---- */
#define FRAME_SYSCALL 256 /* frame.vector while its thread runs or after syscall; below: an exception or interrupt */
struct frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
} __attribute__((aligned(16)));

/* ---- what the boot found ---- */
#define MAX_RAM_REGIONS 64
struct ram_region {
    phys_t start, end; /* page-aligned, usable, sorted; kernel image, archive and boot tables already cut out */
};
struct machine {
    struct ram_region ram[MAX_RAM_REGIONS];
    unsigned ram_count;
    phys_t ram_end; /* highest RAM address; the direct map covers the RAM below, the archive and the image, no holes */
    phys_t archive; /* boot archive, page-aligned; 0 if the loader gave none */
    uint64_t archive_size;
    unsigned cpu_count; /* CPUs in the tables, at most MAX_CPUS; after start: CPUs that run */
    uint32_t apic_ids[MAX_CPUS];
    uint16_t power_port; /* FADT PM1a control block, 0 if none */
    uint64_t tsc_khz;
    uint64_t tsc_start; /* the TSC when clock_now() was 0 */
    struct {
        uint64_t address;
        uint32_t pitch, width, height;
        uint8_t bits, text;
    } screen;
    char command_line[256];
};
extern struct machine machine;

/* Is [start, end) free of RAM (reserved ranges that hold tables count as RAM) and below the physical limit? */
bool machine_is_device_range(phys_t start, phys_t end);

/* ---- this CPU ---- */
struct percpu;
static inline struct percpu *percpu(void)
{
    struct percpu *cpu;
    __asm__("mov %%gs:0, %0" : "=r"(cpu)); /* constant for a CPU while it is in the kernel */
    return cpu;
}
static inline void cpu_pause(void)
{
    __asm__ volatile("pause" ::: "memory");
}
static inline uint64_t read_tsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}
/* Is a word that hardly ever is set not 0? Two instructions where it is 0, and no register. */
static inline __attribute__((always_inline)) bool is_rarely_set(const uint32_t *word)
{
    __asm__ goto("cmpl $0, %0\n\tjne %l[set]" ::"m"(*word) : "cc" : set);
    return false;
set:
    __attribute__((cold));
    return true;
}
void cpu_idle(void);                          /* sti; hlt; cli: returns after an interrupt was taken. Lock not held */
_Noreturn void cpu_halt(void);                /* for good, interrupts off */
static inline void cpu_load_root(phys_t root) /* also drops all translations of the former root */
{
    __asm__ volatile("mov %0, %%cr3" ::"r"(root) : "memory");
}
static inline void cpu_flush_all(void) /* drops all translations of the loaded root */
{
    phys_t root;
    __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(root)::"memory");
}
static inline void cpu_flush_page(uint64_t address) /* drops the translation of one page of the loaded root */
{
    __asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}
extern phys_t kernel_root; /* tables with the kernel half only; loaded by idle CPUs */

/* The address that the last page fault of this CPU touched (cr2). */
static inline uint64_t cpu_fault_address(void)
{
    uint64_t address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    return address;
}
/* Leaves the kernel: to user mode, percpu()->current from its frame (entry.asm). Lock not held. */
_Noreturn void resume_current(void);
/* Prints the return addresses of the frames above this frame pointer, as long as they are on this CPU's stacks. */
void backtrace_print(uint64_t frame_pointer);

/* ---- other CPUs ---- */
enum ipi { IPI_RESCHEDULE, IPI_SHOOTDOWN, IPI_HALT };
void cpu_send_ipi(struct percpu *target, enum ipi kind); /* IPI_HALT is an NMI: the target stops wherever it is */
void start_other_cpus(void); /* INIT-SIPI-SIPI to all in machine.apic_ids; each ends in scheduler_start() */

/* ---- time ---- */
uint64_t clock_now(void); /* nanoseconds since boot, monotonic, the same on all CPUs */
/* One interrupt on this CPU at `when` (ns; the past: at once); replaces the one armed before. More than about a minute
 * ahead it comes early, and whoever finds nothing due arms again. */
__attribute__((no_caller_saved_registers)) void timer_arm(uint64_t when);
void timer_stop(void);

/* ---- vectors ---- */
enum vector {
    VECTOR_IRQ_FIRST = 0x30, /* 0x30 .. 0xdf for Irq objects */
    VECTOR_IRQ_LAST = 0xdf,
    VECTOR_TIMER = 0xe0,
    VECTOR_RESCHEDULE = 0xe1,
    VECTOR_SHOOTDOWN = 0xe2,
    VECTOR_SPURIOUS = 0xff,
};
void interrupt_end(void); /* local APIC EOI; kernel_trap() calls it for each device, timer and reschedule interrupt */

/* IOAPIC pins by ISA number (MADT overrides applied): edge or level as the tables say. All start masked. */
bool isa_irq_route(unsigned pin, unsigned vector, uint32_t apic_id); /* and unmask; false if there is no such pin */
void isa_irq_mask(unsigned pin, bool masked);
bool isa_irq_is_level(unsigned pin);
void msi_address(unsigned vector, uint32_t apic_id, uint64_t *address, uint32_t *data);

/* ---- floating point and vectors: state is in memory whenever the thread does not run ---- */
#define FPU_STATE_SIZE 512           /* fxsave */
void fpu_init_state(void *state);    /* a fresh thread's */
void fpu_disable(void);              /* set CR0.TS */
void fpu_restore(const void *state); /* clts; fxrstor */
void fpu_save(void *state);          /* fxsave; state stays loaded */

/* ---- a thread's frame ---- */
void frame_init(struct frame *frame, uint64_t entry, uint64_t stack, uint64_t rdi, uint64_t rsi, uint64_t rdx);
void frame_to_registers(const struct frame *frame, struct registers *registers);
/* Takes over, reading it once, what a user may set: canonical rip, arithmetic and trap flags; resumes by iretq. */
void frame_from_registers(struct frame *frame, const volatile struct registers *registers);

/* ---- ports ---- */
uint32_t port_read(uint16_t port, unsigned bytes);
void port_write(uint16_t port, unsigned bytes, uint32_t value);

/* ---- early serial (COM1, polled), for the kernel's few words and panics ---- */
void serial_init(void);
void serial_write(char byte);

/* ---- the portable kernel's side: called by entry.asm and trap code ---- */
/* A system call of percpu()->current, whose frame this is; message calls have all their registers in it, others those
 * that C functions may change. Returns the verdict, whom to run: entry.asm resumes the same thread at once if it is the
 * verdict and this CPU has no detour to make; else it saves all registers and calls kernel_leave(). Lock held. */
struct thread;
struct thread *kernel_syscall(struct frame *frame);
/* Applies the verdict, does what the detour is for, and releases the lock. Without a detour, schedule() is enough. */
void kernel_leave(struct thread *verdict);
/* The short path of the two commonest calls (ipc/fast.c). Done if the shape's status is OK: percpu()->current is the
 * receiver then, and these are its rax and rdx; its rdi, where it is not constant, is in its frame. Else nothing has
 * happened. Lock held. */
struct delivery {
    uint64_t shape, token;
};
#define DELIVERY_IN_FRAME 0xff /* for the status: done, and everything is in the receiver's frame */
struct delivery fast_call(struct frame *frame);
struct delivery fast_reply_recv(struct frame *frame);
/* The same for a reply, with all registers in the frame. True: done, and the same thread goes on, perhaps by a detour.
 */
bool fast_reply(struct frame *frame);
/* An exception from user mode, or a device/timer/reschedule interrupt from user mode or cpu_idle(). `vector` as
 * above. Exceptions in the kernel never come here: they panic. Shootdown interrupts are handled in the arch layer by
 * calling shootdown_acknowledge(), without the lock; NMI, double fault and machine check too. */
void kernel_trap(struct frame *frame, bool from_user);
void shootdown_acknowledge(void);     /* mm/tlb.c: flush if asked, then say so. Lock not held */
_Noreturn void scheduler_start(void); /* sched/sched.c: where each CPU goes when it is ready, on its kernel stack */
_Noreturn void kernel_main(void);     /* main.c: boot CPU, on its kernel stack, machine filled, final page tables */
