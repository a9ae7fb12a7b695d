/*
 * The processor's own registers and tables, for the files of this folder.
 */
#pragma once
#include "kernel/base/percpu.h"

/* Control registers. CR0 has one lawful value here: paging, write protection in the kernel, native FPU errors. */
#define CR0_KERNEL     0x80010033u /* PG WP NE ET MP PE */
#define CR0_TS         (1ul << 3)
#define CR4_PAE        (1ul << 5)
#define CR4_MCE        (1ul << 6) /* machine checks are exceptions, not a reset */
#define CR4_PGE        (1ul << 7)
#define CR4_OSFXSR     (1ul << 9)
#define CR4_OSXMMEXCPT (1ul << 10)
#define CR4_UMIP       (1ul << 11)
#define CR4_SMEP       (1ul << 20)
#define CR4_SMAP       (1ul << 21)

#define RFLAGS_FIXED      (1ul << 1) /* always set */
#define RFLAGS_TRAP       (1ul << 8)
#define RFLAGS_INTERRUPT  (1ul << 9)
#define RFLAGS_DIRECTION  (1ul << 10)
#define RFLAGS_NESTED     (1ul << 14)
#define RFLAGS_ALIGNMENT  (1ul << 18)
#define RFLAGS_ARITHMETIC 0x8d5ul /* CF PF AF ZF SF OF */

enum msr {
    MSR_APIC_BASE = 0x1b,
    MSR_PAT = 0x277,
    MSR_EFER = 0xc0000080,
    MSR_STAR = 0xc0000081,
    MSR_LSTAR = 0xc0000082,
    MSR_SFMASK = 0xc0000084,
    MSR_GS_BASE = 0xc0000101,
    MSR_KERNEL_GS_BASE = 0xc0000102,
};
#define EFER_SCE (1u << 0)
#define EFER_LME (1u << 8)
#define EFER_NXE (1u << 11)

/* CPUID leaf 0x80000001, edx */
#define CPUID_NX        (1u << 20)
#define CPUID_1G_PAGES  (1u << 26)
#define CPUID_LONG_MODE (1u << 29)

/* The descriptors, in the order that syscall and sysret ask for: kernel code, data; user data, code; task state. */
#define KERNEL_CODE_SELECTOR 0x08
#define KERNEL_DATA_SELECTOR 0x10
#define USER_DATA_SELECTOR   0x1b
#define USER_CODE_SELECTOR   0x23
#define TASK_SELECTOR        0x28
#define GDT_KERNEL_CODE      0x00af9b000000ffff
#define GDT_KERNEL_DATA      0x00cf93000000ffff
#define GDT_USER_DATA        0x00cff3000000ffff
#define GDT_USER_CODE        0x00affb000000ffff

/* Exceptions that may strike while the stack or gs is the user's (or broken) get a stack of their own. */
enum critical_stack { STACK_NMI, STACK_DOUBLE_FAULT, STACK_MACHINE_CHECK, CRITICAL_STACKS };

#define KERNEL_STACK_SIZE   16384
#define CRITICAL_STACK_SIZE 4096
struct cpu_stacks {
    uint8_t guard[4096]; /* unmapped: an overflow of the stack above is a double fault, not a silent overwrite */
    uint8_t kernel[KERNEL_STACK_SIZE];
    uint8_t critical[CRITICAL_STACKS][CRITICAL_STACK_SIZE]; /* the last 16 bytes of each hold the percpu pointer */
};
extern struct cpu_stacks cpu_stacks[MAX_CPUS];

#define AP_START 0x8000 /* physical page where the other CPUs begin, in real mode */

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};
static inline struct cpuid cpuid(uint32_t leaf)
{
    struct cpuid result;
    __asm__("cpuid" : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx) : "a"(leaf), "c"(0));
    return result;
}
static inline uint64_t msr_read(enum msr number)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}
static inline void msr_write(enum msr number, uint64_t value)
{
    __asm__ volatile("wrmsr" ::"c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/*
 * Makes the calling CPU number `number`: control registers, descriptors, task state, syscall entry, gs. From here on
 * percpu() works and exceptions are understood. The fields of sched/ stay zero.
 */
void cpu_init(unsigned number);

/* Is [address, address+bytes) on one of the calling CPU's kernel stacks? */
bool cpu_stack_contains(uint64_t address, uint64_t bytes);
