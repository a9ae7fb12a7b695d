/*
 * The trace: what the kernel did lately, as it lies in memory.
 *
 * One ring per CPU, one behind the other. Whoever has the Memory capability over them (struct bootinfo) maps it
 * read-only and reads without a system call; a panic, the tests and the debugger read the same memory.
 * kernel/abi/trace_text.h turns records into words.
 *
 * Record number n (0, 1, 2, ...) lies at records[n % TRACE_RECORDS] until number n + TRACE_RECORDS takes its place.
 *
 *   reader                                       the ring's CPU
 *   1. reads `written` (acquire): n is below it  writes record n
 *   2. copies record n                           written = n + 1 (release)
 *   3. reads `written` again: the copy is good   may begin to write record n + TRACE_RECORDS
 *      if n + TRACE_RECORDS is above it
 *
 * Records of several CPUs merge by their time.
 *
 * Threads are named by their numbers, which are never used again; an object by the number of its page frame, which is
 * good while it lives. A call is named by its reply token for ever: its delivery, what it lends, and its end can be
 * joined across CPUs and processes. (What ends before it was delivered leaves its name to the caller's next call.)
 */
#pragma once
#include "layout.h"

#define TRACE_MAGIC   0x45435254u /* the bytes "TRCE" */
#define TRACE_VERSION 1
#define TRACE_RECORDS 4096

struct trace_record {
    unsigned long tsc;
    unsigned char kind, cpu;
    unsigned short detail;
    unsigned thread; /* who did it, or whom it happened to; 0: nobody, or whoever runs there */
    unsigned long call, value;
};
_Static_assert(sizeof(struct trace_record) == 32, "a fixed size, for readers outside");

struct trace_ring {
    unsigned magic, version;
    unsigned cpu, capacity;  /* its CPU; TRACE_RECORDS */
    unsigned long tsc_start; /* the TSC when sys_clock() was 0 */
    unsigned long tsc_khz;
    unsigned long written; /* records so far */
    struct trace_record records[TRACE_RECORDS] __attribute__((aligned(4096)));
};

/* Two numbers in one value, and a call as it is printed: slot:number. */
#define TRACE_PAIR(high, low)   ((unsigned long)(high) << 32 | (unsigned)(low))
#define TRACE_HIGH(value)       ((unsigned)((value) >> 32))
#define TRACE_LOW(value)        ((unsigned)(value))
#define TRACE_CALL_SLOT(call)   ((call) % MAX_THREADS)
#define TRACE_CALL_NUMBER(call) ((call) / MAX_THREADS)

/* What happened. Below TRACE_FREQUENT always recorded, above only with the boot option trace=on. */
enum trace_kind {
    /* thread; detail: vector; call: the address of a page fault; value: rip */
    TRACE_FAULT = 1,
    /* detail: 0; call: process number; value: exit status */
    TRACE_EXIT = 2,
    /* detail: enum object_type; call: the payer's process number; value: the object */
    TRACE_DESTROY = 3,
    /* detail: mask of the CPUs that were told; value: frame of the address space's root table */
    TRACE_SHOOTDOWN = 4,
    /* thread whose deadline passed; detail: status it gets; call; value: the deadline, nanoseconds */
    TRACE_EXPIRE = 5,
    /* thread whose call closed a circle of callers; detail: how many they are; call; value: thread that it waits for */
    TRACE_CYCLE = 6,

    TRACE_FREQUENT = 16,
    /* sender; detail: words; value: endpoint, label */
    TRACE_SEND = 16,
    /* caller; detail: words; call; value: endpoint, label */
    TRACE_CALL = 17,
    /* receiver; detail: words; call, 0 if no answer is awaited; value: sender (0: the kernel), label */
    TRACE_RECEIVE = 18,
    /* server; detail: words; call; value: client, label */
    TRACE_REPLY = 19,
    /* thread; detail: enum trace_wait; call if it waits for an answer; value: object where it waits */
    TRACE_WAIT = 20,
    /* a call or send that ends otherwise than by its deadline or answer. caller; detail: status; call */
    TRACE_CANCEL = 21,
    /* the thread that runs now; detail: its priority; value: its process, the thread before (0: the CPU was idle) */
    TRACE_SWITCH = 22,
    /* thread; detail: its priority from now on; call in service and thread that lend it, 0 if it is its own */
    TRACE_PRIORITY = 23,
    /* thread; call; value: nanoseconds of the monotonic clock */
    TRACE_DEADLINE = 24,
    /* value: bits; call: the notification */
    TRACE_SIGNAL = 25,
    /* thread that was interrupted, 0 if none; detail: vector of the exception or interrupt */
    TRACE_TRAP = 26,
    /* this CPU answered a shootdown; value: frame of the address space's root table */
    TRACE_FLUSH = 27,
    /* sender; detail: pages; call; value: receiver, first frame */
    TRACE_MOVE = 28,
    /* thread; detail: number of the system call, but those of messages; call: its first argument; value: its second */
    TRACE_SYSCALL = 29,
    /* thread that can run again; detail: its priority; value: its process */
    TRACE_READY = 30,
    /* value: the thread that ran before */
    TRACE_IDLE = 31,
    TRACE_KINDS = 32,
};

enum trace_wait { TRACE_SENDING = 2, TRACE_RECEIVING = 3, TRACE_CALLING = 4, TRACE_WAITING = 5 };
