/*
 * One CPU's private data, reached by percpu(). Other CPUs touch only the fields marked shared.
 */
#pragma once
#include "kernel/x86_64/arch.h"

struct thread;
struct trace_ring;
struct space;

/* The 64-bit task state segment; rsp0 is where interrupts and syscalls save a thread's registers. */
struct task_state {
    uint32_t reserved0;
    uint64_t rsp0, rsp1, rsp2, reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
} __attribute__((packed));

/* What makes a CPU take the long way: through kernel_leave(). */
enum detour {
    DETOUR_PREEMPT = 1, /* pick again before leaving the kernel: something better is ready, or current must stop */
    DETOUR_FPU = 2,     /* the current thread's floating-point state is live */
    DETOUR_ALWAYS = 4,  /* short paths are turned off (boot option short=off) */
    DETOUR_MEASURE = 8, /* the longest step is measured (boot option measure=on) */
    DETOUR_STEP = 16,   /* a call goes on with its next step: first let others have the lock */
    DETOUR_TRACE = 32,  /* everything is traced (boot option trace=on), and short paths have no points */
    DETOUR_DEBUG = 64,  /* a debug image's tools look at each way out of the kernel (base/debug.h) */
    DETOUR_COUNT = 128, /* some process counts its system calls (process_countdown) */
};

struct percpu {
    struct percpu *self;    /* gs:0 */
    uint64_t kernel_stack;  /* top */
    uint64_t user_rsp;      /* scratch of the syscall entry */
    struct thread *current; /* 0 in idle. Its frame's end is in task_state.rsp0 */
    unsigned number;        /* 0 = boot CPU */
    uint16_t bit;           /* 1 << number: its place in masks of CPUs */
    uint32_t apic_id;
    struct trace_ring *trace; /* where this CPU records (base/trace.h) */
    struct task_state task_state;
    uint64_t gdt[8];

    /* sched/: under the kernel lock */
    struct space *space;      /* whose root is in cr3; 0 = kernel_root */
    int priority;             /* of current, -1 in idle */
    uint32_t detour;          /* enum detour: why no switch may pass by schedule(); 0 almost always */
    uint64_t timer_at;        /* when this CPU's timer is armed for, ~0 = not */
    uint64_t tick_at;         /* end of the running time slice */
    uint32_t run_since;       /* TSC, low half, since when current's time is not accounted */
    uint32_t entered;         /* TSC, low half, when the lock was taken */
    uint32_t longest_step;    /* TSC ticks with the lock held, while DETOUR_MEASURE is set */
    struct thread *fpu_owner; /* whose state the FPU holds, 0 = nobody's */

    /* shared: written by an initiator, answered by this CPU (mm/tlb.c) */
    uint32_t shootdown_pending;
    bool running; /* has entered the scheduler */
};
extern struct percpu percpu_area[MAX_CPUS];
