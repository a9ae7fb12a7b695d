/*
 * free: memory of the machine.
 */
#include "user/lib/option.h"
#include "user/lib/syscall.h"
#include <stdio.h>

static const char usage[] = "usage: free\n"
                            "Shows the machine's memory in KiB, and the kernel's objects.\n";

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    uint64_t total = sys_system_info(SYSTEM_FRAMES) * (PAGE_SIZE / 1024);
    uint64_t unused = sys_system_info(SYSTEM_FRAMES_FREE) * (PAGE_SIZE / 1024);
    printf("memory: %lu KiB, used %lu, free %lu\n", total, total - unused, unused);
    printf("kernel: %lu processes, %lu threads, %lu objects, %lu capabilities\n", sys_system_info(SYSTEM_PROCESSES),
           sys_system_info(SYSTEM_THREADS), sys_system_info(SYSTEM_OBJECTS), sys_system_info(SYSTEM_CAPABILITIES));
    return 0;
}
