/*
 * The kernel's boot order.
 */
#include "kernel/base/log.h"
#include "kernel/bootstrap.h"
#include "kernel/mm/page.h"
#include "kernel/sched/sched.h"

void kernel_main(void)
{
    page_init();
    scheduler_init();
    start_other_cpus();
    log_print("Atelier: %u CPUs, %lu MiB, TSC %lu MHz\n", machine.cpu_count, machine_frames.free / 256,
              machine.tsc_khz / 1000);
    bootstrap();
    scheduler_start();
}
