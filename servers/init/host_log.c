#include "servers/init/host_log.h"
#include "servers/init/resources.h"
#include "user/lib/syscall.h"
#include <stdio.h>

#define LONGEST 80

static void write_line(const char *line, int length)
{
    uint64_t done;
    sys_port_write_bytes(resources_debug_port(), DEBUG_PORT, line, (uint64_t)length, &done);
}

void host_log_injected(const char *name, bool owing)
{
    char line[LONGEST];
    write_line(line, snprintf(line, sizeof(line), "\1injected %s %s\n", name, owing ? "owing" : "idle"));
}

void host_log_died(const char *name, const struct service_end *end)
{
    char line[LONGEST];
    write_line(line, snprintf(line, sizeof(line), "\1died %s %u %lu\n", name, end->reason, end->detail));
}
