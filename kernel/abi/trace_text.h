/*
 * The trace in readable words: one table and its printer, for the kernel's panic and for user space alike.
 *
 *     found = trace_last(rings, cpus, records, 40);          the last records of all CPUs, merged by time
 *     trace_print_record(rings, &records[39], put);          the newest of them, in a line:
 *
 *       1204.338 us cpu1 thread 7 call 7:12, label 0x5, 4 words, endpoint 0x3f2
 *
 * Pure: it reads only the rings and calls only put(). Bounded whatever the rings hold.
 */
#pragma once
#include "trace.h"

typedef void trace_put(char character);

/*
 * A kind's name, and what follows it. %d: detail; %w: the same, as what a thread waits for; %c: call; %n: the same, as
 * a call's name, slot:number; %v: value; %h, %l: its halves. Capitals: in hexadecimal.
 */
struct trace_words {
    const char *name, *rest;
};
static const struct trace_words trace_words[TRACE_KINDS] = {
    [TRACE_FAULT] = {"fault", ", vector %d, rip %V, address %C"},
    [TRACE_EXIT] = {"exit", " of process %c, status %V"},
    [TRACE_DESTROY] = {"destroy", " object %V of type %d, paid by process %c"},
    [TRACE_SHOOTDOWN] = {"shootdown", " at CPUs %D, tables %V"},
    [TRACE_EXPIRE] = {"expire", " %n, deadline %v ns, status %d"},
    [TRACE_CYCLE] = {"cycle", " of %d callers, closed by %n, which waits for thread %v"},
    [TRACE_SEND] = {"send", ", label %L, %d words, endpoint %H"},
    [TRACE_CALL] = {"call", " %n, label %L, %d words, endpoint %H"},
    [TRACE_RECEIVE] = {"receive", " %n from thread %h, label %L, %d words"},
    [TRACE_REPLY] = {"reply", " %n to thread %h, label %L, %d words"},
    [TRACE_WAIT] = {"wait", " %w, call %n, object %V"},
    [TRACE_CANCEL] = {"cancel", " %n, status %d"},
    [TRACE_SWITCH] = {"switch", ": runs at priority %d in process %h, after thread %l"},
    [TRACE_PRIORITY] = {"priority", " %d, lent by thread %v, call %n"},
    [TRACE_DEADLINE] = {"deadline", " of %n at %v ns"},
    [TRACE_SIGNAL] = {"signal", " %V to notification %C"},
    [TRACE_TRAP] = {"trap", ", vector %d"},
    [TRACE_FLUSH] = {"flush", ", tables %V"},
    [TRACE_MOVE] = {"move", " %d pages in %n to thread %h"},
    [TRACE_SYSCALL] = {"syscall", " %d, arguments %C %V"},
    [TRACE_IDLE] = {"idle", ", after thread %v"},
    [TRACE_READY] = {"ready", " at priority %d in process %v"},
};

static inline void trace_put_text(trace_put *put, const char *text)
{
    while (*text)
        put(*text++);
}

/* At least `width` digits. */
static inline void trace_put_number(trace_put *put, unsigned long value, unsigned base, unsigned width)
{
    char digits[20];
    unsigned count = 0;

    for (; value || count < width; value /= base)
        digits[count++] = "0123456789abcdef"[value % base];
    while (count)
        put(digits[--count]);
}

static inline void trace_put_call(trace_put *put, unsigned long call)
{
    if (!call) {
        put('-');
        return;
    }
    trace_put_number(put, TRACE_CALL_SLOT(call), 10, 1);
    put(':');
    trace_put_number(put, TRACE_CALL_NUMBER(call), 10, 1);
}

static inline void trace_put_wait(trace_put *put, unsigned wait)
{
    static const char *const names[] = {
        [TRACE_SENDING] = "sending",
        [TRACE_RECEIVING] = "receiving",
        [TRACE_CALLING] = "for an answer",
        [TRACE_WAITING] = "for a signal",
    };

    trace_put_text(put, wait < sizeof(names) / sizeof(names[0]) && names[wait] ? names[wait] : "somewhere");
}

/* One conversion of trace_words. */
static inline void trace_put_field(trace_put *put, const struct trace_record *record, char conversion)
{
    unsigned long value = record->value;

    switch (conversion | 0x20) {
    case 'n':
        trace_put_call(put, record->call);
        return;
    case 'w':
        trace_put_wait(put, record->detail);
        return;
    case 'd':
        value = record->detail;
        break;
    case 'c':
        value = record->call;
        break;
    case 'h':
        value = TRACE_HIGH(value);
        break;
    case 'l':
        value = TRACE_LOW(value);
        break;
    }
    if (conversion < 'a')
        trace_put_text(put, "0x");
    trace_put_number(put, value, conversion < 'a' ? 16 : 10, 1);
}

/* Nanoseconds since sys_clock() was 0. */
static inline unsigned long trace_time(const struct trace_ring *ring, const struct trace_record *record)
{
    unsigned long ticks = record->tsc - ring->tsc_start, khz = ring->tsc_khz ? ring->tsc_khz : 1;

    return ticks / khz * 1000000 + ticks % khz * 1000000 / khz;
}

/* A line about a record of any of these rings. */
static inline void trace_print_record(const struct trace_ring *ring, const struct trace_record *record, trace_put *put)
{
    static const struct trace_words unknown = {"unknown", " kind"};
    const struct trace_words *words = record->kind < TRACE_KINDS ? &trace_words[record->kind] : &unknown;
    unsigned long time = trace_time(ring, record);

    if (!words->name)
        words = &unknown;
    trace_put_text(put, "  ");
    trace_put_number(put, time / 1000, 10, 1);
    put('.');
    trace_put_number(put, time % 1000, 10, 3);
    trace_put_text(put, " us cpu");
    trace_put_number(put, record->cpu, 10, 1);
    if (record->thread) {
        trace_put_text(put, " thread ");
        trace_put_number(put, record->thread, 10, 1);
    }
    put(' ');
    trace_put_text(put, words->name);
    for (const char *rest = words->rest; *rest; rest++)
        *rest == '%' ? trace_put_field(put, record, *++rest) : put(*rest);
    put('\n');
}

/* Copies record `number` of a ring. False if there is none, or if its place was taken by another one meanwhile. */
static inline _Bool trace_read(const struct trace_ring *ring, unsigned long number, struct trace_record *record)
{
    /* Both pair with the release in kernel/base/trace.c. */
    if (number >= __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE))
        return 0;
    *record = ring->records[number % TRACE_RECORDS];
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return number + TRACE_RECORDS > __atomic_load_n(&ring->written, __ATOMIC_RELAXED);
}

/* The newest records of all CPUs, oldest first, at the end of `records[most]`. Returns how many there are. */
static inline unsigned trace_last(const struct trace_ring *rings, unsigned cpus, struct trace_record *records,
                                  unsigned most)
{
    unsigned long left[MAX_CPUS]; /* records of each ring before those that were taken */
    struct trace_record record;
    unsigned found = 0;

    for (unsigned cpu = 0; cpu < cpus; cpu++)
        left[cpu] = rings[cpu].written;
    while (found < most) {
        struct trace_record *newest = &records[most - 1 - found];
        unsigned from = cpus;

        for (unsigned cpu = 0; cpu < cpus; cpu++)
            if (left[cpu] && trace_read(&rings[cpu], left[cpu] - 1, &record) &&
                (from == cpus || record.tsc > newest->tsc)) {
                *newest = record;
                from = cpu;
            }
        if (from == cpus)
            break;
        left[from]--;
        found++;
    }
    return found;
}
