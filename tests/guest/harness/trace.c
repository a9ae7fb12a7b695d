#include "tests/guest/harness/trace.h"
#include "kernel/abi/trace_text.h"
#include "tests/guest/harness/line.h"
#include "tests/guest/harness/story.h"

static bool is_open;
static struct trace_record kept[40];
static unsigned kept_count; /* at the end of `kept` */

#define MOST_KEPT (sizeof(kept) / sizeof(kept[0]))

void trace_open(void)
{
    uint64_t pages = board->cpus * sizeof(struct trace_ring) / PAGE_SIZE;
    EQUAL(sys_map(SELF, own.trace, (void *)TRACE_ADDRESS, 0, pages, RIGHT_READ), OK);
    is_open = true;
}

void trace_keep(void)
{
    if (is_open && !kept_count)
        kept_count = trace_last(trace_rings, board->cpus, kept, MOST_KEPT);
}

void trace_tell(void)
{
    trace_keep();
    for (; kept_count; kept_count--)
        trace_print_record(trace_rings, &kept[MOST_KEPT - kept_count], line_put);
}

static uint64_t seen[MAX_CPUS]; /* of each ring: the next number to look at */

void look_from_here(void)
{
    for (unsigned cpu = 0; cpu < board->cpus; cpu++)
        seen[cpu] = trace_rings[cpu].written;
}

bool next_record(struct trace_record *record)
{
    unsigned from = board->cpus;
    struct trace_record other;
    for (unsigned cpu = 0; cpu < board->cpus; cpu++)
        if (trace_read(&trace_rings[cpu], seen[cpu], &other) && (from == board->cpus || other.tsc < record->tsc)) {
            from = cpu;
            *record = other;
        }
    if (from == board->cpus)
        return false;
    seen[from]++;
    return true;
}

struct trace_record next_of(enum trace_kind kind)
{
    struct trace_record record;
    do
        CHECK(next_record(&record));
    while (record.kind != kind);
    return record;
}

struct trace_record next_of_call(uint64_t call)
{
    struct trace_record record;
    do
        CHECK(next_record(&record));
    while (record.call != call);
    return record;
}

void expect_record(struct trace_record record, enum trace_kind kind, uint64_t thread, uint64_t detail)
{
    EQUAL(record.kind, kind);
    EQUAL(record.thread, thread);
    EQUAL(record.detail, detail);
}
