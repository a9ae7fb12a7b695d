/*
 * The kernel's boot order.
 */
#include "kernel/base/lock.h"
#include "kernel/base/log.h"
#include "kernel/base/trace.h"
#include "kernel/bootstrap.h"
#include "kernel/mm/page.h"
#include "kernel/sched/sched.h"

/* Is this word on the command line? */
static bool boot_option(const char *word)
{
    for (const char *place = machine.command_line; *place; place++) {
        unsigned length = 0;

        while (word[length] && place[length] == word[length])
            length++;
        if (!word[length])
            return true;
    }
    return false;
}

void kernel_main(void)
{
    page_init();
    scheduler_init();
    inherit_enabled = !boot_option("inherit=off");
    boot_detour |= boot_option("short=off") || !inherit_enabled ? DETOUR_ALWAYS : 0; /* the short path inherits */
    boot_detour |= boot_option("measure=on") ? DETOUR_MEASURE : 0;
    boot_detour |= boot_option("trace=on") ? DETOUR_TRACE : 0;
    trace_init(boot_detour & DETOUR_TRACE);
    start_other_cpus();
    log_print("Atelier: %u CPUs, %lu MiB, TSC %lu MHz\n", machine.cpu_count, machine_frames.free / 256,
              machine.tsc_khz / 1000);
    kernel_lock(); /* the other CPUs schedule already */
    bootstrap();
    kernel_unlock();
    scheduler_start();
}
