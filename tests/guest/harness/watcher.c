#include "tests/guest/harness/watcher.h"

#define WATCHER  25 /* priority */
#define LATENESS board->cells[254]
#define WAKE_UPS board->cells[255]

static void watch(void *notification)
{
    uint64_t bits, deadline = sys_clock();
    for (;;) {
        deadline += MILLISECOND;
        EQUAL(sys_wait((handle_t)notification, deadline, &bits), E_TIMEOUT);
        uint64_t now = sys_clock();
        if (now - deadline > LATENESS)
            LATENESS = now - deadline;
        if (now > deadline)
            deadline = now;
        WAKE_UPS++;
    }
}

void watchers_begin(uint64_t cpus)
{
    for (unsigned cpu = 0; cpu < board->cpus; cpu++)
        if (cpus >> cpu & 1)
            worker_on(1ul << cpu, watch, (void *)new_notification(), WATCHER);
}

void nobody_was_late(void)
{
    CHECK(WAKE_UPS > 0 || !board->exact); /* a busy host may give a watcher no time at all */
    remark("a watcher was late by %lu ns at most", LATENESS);
    CHECK(LATENESS < (board->exact ? MILLISECOND : SECOND));
}
