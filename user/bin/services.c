/*
 * services: what the supervisor knows about the servers.
 */
#include "servers/proto/init.h"
#include "user/lib/complain.h"
#include "user/lib/option.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include "user/lib/status.h"
#include <stdio.h>

static const char usage[] =
    "usage: services\n"
    "Lists the servers: state, incarnation, restarts, memory, CPU time, and how the last ended.\n";

#define MOST_SERVICES 64

static const char *state_name(unsigned state)
{
    static const char *const names[] = {"waiting", "running", "restarting", "given up", "absent"};
    return state < sizeof(names) / sizeof(*names) ? names[state] : "unknown";
}

/* Prints how the last incarnation ended: vector of the fault, or 0x100 + exit status. */
static void print_reason(unsigned reason)
{
    if (reason >= 0x100)
        printf("  exit status %u", reason - 0x100);
    else if (reason > 0)
        printf("  fault %u (%s)", reason, fault_text(reason));
    putchar('\n');
}

int main(int count, char *arguments[])
{
    (void)count;
    static struct service_record records[MOST_SERVICES];
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    struct message m = message(INIT_SERVICES);
    m.words[0] = sizeof(records);
    m.word_count = 1;
    message_lend(&m, records, sizeof(records), LEASE_WRITE);
    int status = request_repeat(startup_capability("init"), &m);
    if (status != OK)
        return complain("init", status);
    puts("NAME             STATE      GENERATION RESTARTS    MEMORY   TIME");
    for (uint64_t i = 0; i < m.words[0] && i < MOST_SERVICES; i++) {
        const struct service_record *r = &records[i];
        printf("%-16.16s %-10s %10u %8u %5lu KiB %3lu.%02lu", r->name, state_name(r->state), r->generation, r->restarts,
               r->memory / 1024, r->time / 1000000000, r->time / 10000000 % 100);
        print_reason(r->reason);
    }
    return 0;
}
