/*
 * services: what the supervisor knows about the servers, and where a server was when it crashed.
 */
#include "user/lib/complain.h"
#include "user/lib/option.h"
#include "user/lib/status.h"
#include "user/lib/supervisor.h"
#include "user/lib/symbols.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: services [--why NAME]\n"
    "Lists the servers: state, incarnation, restarts, memory, CPU time, and how the last ended.\n"
    "--why NAME: how the last incarnation of a server ended, and where it was if it crashed.\n";

static struct service_record records[MOST_SERVICES];

static const char *state_name(unsigned state)
{
    static const char *const names[] = {"waiting", "running", "restarting", "given up", "absent"};
    return state < sizeof(names) / sizeof(*names) ? names[state] : "unknown";
}

static void print_reason(unsigned reason, unsigned long detail)
{
    switch (reason) {
    case REASON_FAULT:
        printf("fault %lu (%s)", detail, fault_text((unsigned)detail));
        break;
    case REASON_EXIT:
        printf("exit status %lu", detail);
        break;
    case REASON_HUNG:
        printf("hung, silent for %lu ms", detail);
        break;
    case REASON_NOT_MADE:
        printf("could not be started: %s", status_text((int)detail));
        break;
    case REASON_KILLED:
        printf("killed");
        break;
    case REASON_SUSPECTED:
        printf("suspected by what depends on it");
        break;
    }
}

static void print_list(long count)
{
    puts("NAME             STATE      GENERATION RESTARTS    MEMORY   TIME  LAST END");
    for (long i = 0; i < count; i++) {
        const struct service_record *r = &records[i];
        printf("%-16.16s %-10s %10u %8u %5lu KiB %3lu.%02lu%s", r->name, state_name(r->state), r->generation,
               r->restarts, r->memory / 1024, r->time / 1000000000, r->time / 10000000 % 100,
               r->reason != REASON_NONE ? "  " : "");
        print_reason(r->reason, r->detail);
        putchar('\n');
    }
}

/* ---- --why ---- */

/* Prints an address, and the function that it lies in; or, of a return address, that the call before it lies in: a
 * call that never returns may be its function's last instruction. */
static void print_address(uint64_t address, unsigned returns)
{
    const char *name;
    int length;
    uint64_t offset;
    printf("  0x%lx", address);
    if (symbols_at(address - returns, &name, &length, &offset))
        printf("  %.*s+0x%lx", length, name, offset + returns);
    putchar('\n');
}

static void print_registers(const struct registers *r)
{
    printf("  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
    printf("  rsi %016lx  rdi %016lx  rbp %016lx  rsp %016lx\n", r->rsi, r->rdi, r->rbp, r->rsp);
    printf("  r8  %016lx  r9  %016lx  r10 %016lx  r11 %016lx\n", r->r8, r->r9, r->r10, r->r11);
    printf("  r12 %016lx  r13 %016lx  r14 %016lx  r15 %016lx\n", r->r12, r->r13, r->r14, r->r15);
}

/* `end` came from the supervisor, whose count of callers is in range. */
static void print_end(const char *name, const struct service_end *end)
{
    printf("%s, generation %u, %lu.%03lu s after the start: ", name, end->generation, end->time / 1000000000,
           end->time / 1000000 % 1000);
    print_reason(end->reason, end->detail);
    putchar('\n');
    if (end->reason != REASON_FAULT)
        return;
    printf("  error code 0x%lx, address 0x%lx\n", end->error, end->address);
    print_registers(&end->registers);
    symbols_load(name);
    puts("at");
    print_address(end->registers.rip, 0);
    puts("called from");
    for (unsigned i = 0; i < end->caller_count; i++)
        print_address(end->callers[i], 1);
}

static int explain(const char *name)
{
    struct service_record record;
    struct service_end end;
    int index = service_find(name, &record);
    if (index < 0)
        return complain(name, index);
    if (record.reason == REASON_NONE) {
        printf("%s: no incarnation has ended\n", name);
        return EXIT_SUCCESS;
    }
    int status = service_last_end(index, &end);
    if (status < 0)
        return complain(name, status);
    print_end(name, &end);
    return EXIT_SUCCESS;
}

int main(int count, char *arguments[])
{
    bool why = count > 1 && strcmp(arguments[1], "--why") == 0;
    if (why)
        arguments++;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    if (why != (options.operands[0] != NULL))
        option_misuse(&options);
    if (why)
        return explain(options.operands[0]);
    long found = services_list(records);
    if (found < 0)
        return complain("init", (int)found);
    print_list(found);
    return EXIT_SUCCESS;
}
