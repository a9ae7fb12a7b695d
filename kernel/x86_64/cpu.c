/*
 * One processor: its control registers, descriptor table, task state, stacks and system call registers.
 */
#include "kernel/x86_64/cpu.h"
#include "kernel/x86_64/trap.h"

struct percpu percpu_area[MAX_CPUS];
struct cpu_stacks cpu_stacks[MAX_CPUS] __attribute__((aligned(PAGE_SIZE)));
struct machine machine;

/* The default memory types, but entry 4 (PAT bit alone in a page table entry) is write combining. */
#define PAT_VALUE 0x0007040100070406ul

#define CPUID1_EDX_MACHINE_CHECK (1u << 7)
#define CPUID7_EBX_SMEP          (1u << 7)
#define CPUID7_EBX_SMAP          (1u << 20)
#define CPUID7_ECX_UMIP          (1u << 2)

/* Turns on what the kernel relies on, and each protection that this CPU has. User code gets no wrgsbase and no AVX. */
static void init_control_registers(void)
{
    uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    cr4 |= cpuid(1).edx & CPUID1_EDX_MACHINE_CHECK ? CR4_MCE : 0;
    if (cpuid(0).eax >= 7) {
        struct cpuid features = cpuid(7);

        cr4 |= features.ebx & CPUID7_EBX_SMEP ? CR4_SMEP : 0;
        cr4 |= features.ebx & CPUID7_EBX_SMAP ? CR4_SMAP : 0;
        cr4 |= features.ecx & CPUID7_ECX_UMIP ? CR4_UMIP : 0;
    }
    __asm__ volatile("mov %0, %%cr4" ::"r"(cr4) : "memory");
    __asm__ volatile("mov %0, %%cr0" ::"r"((uint64_t)CR0_KERNEL) : "memory");
    msr_write(MSR_PAT, PAT_VALUE);
}

/* An exception's stack begins below a slot that tells the handler which CPU it is on, whatever gs says. */
static uint64_t critical_stack_top(struct percpu *cpu, enum critical_stack stack)
{
    uint64_t slot = (uint64_t)cpu_stacks[cpu->number].critical[stack] + CRITICAL_STACK_SIZE - 16;

    *(struct percpu **)slot = cpu;
    return slot;
}

static void init_task_state(struct percpu *cpu)
{
    cpu->kernel_stack = (uint64_t)cpu_stacks[cpu->number].critical; /* the end of .kernel */
    cpu->task_state.rsp0 = cpu->kernel_stack;                       /* until there is a thread */
    for (unsigned i = 0; i < CRITICAL_STACKS; i++)
        cpu->task_state.ist[i] = critical_stack_top(cpu, i);
    cpu->task_state.io_map = sizeof(cpu->task_state); /* none: ports only by system call */
}

/* The segment registers need no reloading: the loader's selectors mean the same in this table. */
static void init_descriptors(struct percpu *cpu)
{
    uint64_t base = (uint64_t)&cpu->task_state, limit = sizeof(cpu->task_state) - 1;
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) table = {sizeof(cpu->gdt) - 1, (uint64_t)cpu->gdt};

    cpu->gdt[1] = GDT_KERNEL_CODE;
    cpu->gdt[2] = GDT_KERNEL_DATA;
    cpu->gdt[3] = GDT_USER_DATA;
    cpu->gdt[4] = GDT_USER_CODE;
    cpu->gdt[5] = limit | (base & 0xffffff) << 16 | 0x89ul << 40 | (base >> 24 & 0xff) << 56; /* 0x89: 64-bit TSS */
    cpu->gdt[6] = base >> 32;
    __asm__ volatile("lgdt %0; ltr %w1" ::"m"(table), "r"(TASK_SELECTOR) : "memory");
}

static void init_syscall(void)
{
    msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE | EFER_NXE);
    msr_write(MSR_STAR, (uint64_t)KERNEL_DATA_SELECTOR << 48 | (uint64_t)KERNEL_CODE_SELECTOR << 32);
    msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
    msr_write(MSR_SFMASK, RFLAGS_INTERRUPT | RFLAGS_DIRECTION | RFLAGS_TRAP | RFLAGS_ALIGNMENT | RFLAGS_NESTED);
}

void cpu_init(unsigned number)
{
    struct percpu *cpu = &percpu_area[number];

    cpu->self = cpu;
    cpu->number = number;
    cpu->bit = (uint16_t)(1u << number);
    init_control_registers();
    init_task_state(cpu);
    init_descriptors(cpu);
    msr_write(MSR_GS_BASE, (uint64_t)cpu);
    msr_write(MSR_KERNEL_GS_BASE, 0); /* the user's, after swapgs */
    idt_load();
    init_syscall();
}

bool cpu_stack_contains(uint64_t address, uint64_t bytes)
{
    uint64_t start = (uint64_t)cpu_stacks[percpu()->number].kernel;
    uint64_t end = (uint64_t)(&cpu_stacks[percpu()->number] + 1);

    return address >= start && address <= end - bytes;
}

void cpu_idle(void)
{
    __asm__ volatile("sti; hlt; cli" ::: "memory"); /* sti takes effect after hlt begins: no wake-up is lost */
}

void cpu_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}
