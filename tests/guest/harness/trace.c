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
