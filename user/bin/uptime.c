/*
 * uptime: how long the machine runs, and how busy it was.
 */
#include "user/lib/option.h"
#include "user/lib/syscall.h"
#include "user/lib/time.h"
#include <stdio.h>

static const char usage[] = "usage: uptime\n"
                            "Shows the time since power-on, the number of CPUs, and how much of it they were idle.\n";

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    uint64_t now = clock_nanoseconds(), cpus = sys_system_info(SYSTEM_CPUS);
    uint64_t seconds = now / SECOND, idle = sys_system_info(SYSTEM_IDLE_TIME) / cpus;
    printf("up %lu:%02lu:%02lu, %lu CPUs, idle %lu %%\n", seconds / 3600, seconds / 60 % 60, seconds % 60, cpus,
           idle / (now / 100 + 1));
    return 0;
}
