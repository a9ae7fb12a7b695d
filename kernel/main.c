/*
 * The kernel's boot order.
 */
#include "kernel/base/debug.h"
#include "kernel/base/lock.h"
#include "kernel/base/log.h"
#include "kernel/base/option.h"
#include "kernel/base/trace.h"
#include "kernel/bootstrap.h"
#include "kernel/mm/page.h"
#include "kernel/sched/sched.h"

void kernel_main(void)
{
    page_init();
    scheduler_init();
    inherit_enabled = !boot_option("inherit=off");
    boot_detour |= boot_option("short=off") || !inherit_enabled ? DETOUR_ALWAYS : 0; /* the short path inherits */
    boot_detour |= boot_option("measure=on") ? DETOUR_MEASURE : 0;
    boot_detour |= boot_option("trace=on") ? DETOUR_TRACE : 0;
    trace_init(boot_detour & DETOUR_TRACE);
    boot_detour |= debug_start && debug_start() ? DETOUR_DEBUG : 0;
    start_other_cpus();
    log_print("Atelier: %u CPUs, %lu MiB, TSC %lu MHz\n", machine.cpu_count, machine_frames.free / 256,
              machine.tsc_khz / 1000);
    kernel_lock(); /* the other CPUs schedule already */
    bootstrap();
    kernel_unlock();
    scheduler_start();
}
