/*
 * The trace rings.
 */
#include "kernel/base/trace.h"
#include "kernel/abi/trace_text.h"
#include "kernel/base/percpu.h"

#define LAST_RECORDS 40 /* that a panic prints */

struct trace_ring trace_rings[MAX_CPUS];
uint32_t trace_enabled;

void trace_init(bool all)
{
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        struct trace_ring *ring = &trace_rings[cpu];

        ring->magic = TRACE_MAGIC;
        ring->version = TRACE_VERSION;
        ring->cpu = cpu;
        percpu_area[cpu].trace = ring;
        ring->capacity = TRACE_RECORDS;
        ring->tsc_start = machine.tsc_start;
        ring->tsc_khz = machine.tsc_khz;
    }
    trace_enabled = all;
}

void trace_rare(enum trace_kind kind, uint32_t thread, unsigned detail, uint64_t call, uint64_t value)
{
    struct trace_ring *ring = percpu()->trace;
    struct trace_record *record = &ring->records[ring->written % TRACE_RECORDS];

    record->tsc = read_tsc();
    record->kind = (uint8_t)kind;
    record->cpu = (uint8_t)ring->cpu;
    record->detail = (uint16_t)detail;
    record->thread = thread;
    record->call = call;
    record->value = value;
    /* Pairs with trace_read(): who sees the number sees the record. */
    __atomic_store_n(&ring->written, ring->written + 1, __ATOMIC_RELEASE);
}

void trace_frequent(enum trace_kind kind, uint32_t thread, unsigned detail, uint64_t call, uint64_t value)
{
    trace_rare(kind, thread, detail, call, value);
}

void trace_print_last(void)
{
    static struct trace_record records[LAST_RECORDS]; /* panics once, maybe on a small stack */
    unsigned found = trace_last(trace_rings, machine.cpu_count, records, LAST_RECORDS);

    for (unsigned i = LAST_RECORDS - found; i < LAST_RECORDS; i++)
        trace_print_record(&trace_rings[0], &records[i], serial_write);
}
