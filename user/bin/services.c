/*
 * services: what the supervisor knows about the servers, and where a server was when it crashed.
 */
#include "servers/proto/init.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include "user/lib/status.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: services [--why NAME]\n"
    "Lists the servers: state, incarnation, restarts, memory, CPU time, and how the last ended.\n"
    "--why NAME: how the last incarnation of a server ended, and where it was if it crashed.\n";

#define MOST_SERVICES 64

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
    }
}

/* Fills `records`; their number, or a negative status. */
static long fetch_records(void)
{
    struct message m = message(INIT_SERVICES);
    m.words[0] = sizeof(records);
    m.word_count = 1;
    message_lend(&m, records, sizeof(records), LEASE_WRITE);
    int status = request_repeat(startup_capability("init"), &m);
    return status == OK && m.words[0] <= MOST_SERVICES ? (long)m.words[0] : -status;
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

/* The symbols of an image: lines of an address and a name, by address. Empty if there are none. */
static char symbols[65536];

static void load_symbols(const char *service)
{
    char path[64];
    snprintf(path, sizeof(path), "/system/symbols/%.16s", service);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return;
    symbols[fread(symbols, 1, sizeof(symbols) - 1, file)] = '\0';
    fclose(file);
}

/* Prints an address, and the function that it lies in: the last one that does not begin above it. */
static void print_address(unsigned long address)
{
    const char *name = NULL;
    unsigned long start = 0;
    printf("  0x%lx", address);
    const char *newline;
    for (const char *line = symbols; (newline = strchr(line, '\n')) != NULL; line = newline + 1) {
        char *rest;
        unsigned long symbol = strtoul(line, &rest, 16);
        if (symbol > address)
            break;
        start = symbol;
        name = rest + 1;
    }
    if (name != NULL)
        printf("  %.*s+0x%lx", (int)strcspn(name, "\n"), name, address - start);
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
    load_symbols(name);
    puts("at");
    print_address(end->registers.rip);
    puts("called from");
    for (unsigned i = 0; i < end->caller_count; i++)
        print_address(end->callers[i]);
}

static int explain(const char *name, long count)
{
    struct service_end end;
    long index = 0;
    while (index < count && strncmp(records[index].name, name, sizeof(records[index].name)) != 0)
        index++;
    if (index == count) {
        fprintf(stderr, "services: %s: there is no such server\n", name);
        return EXIT_FAILURE;
    }
    if (records[index].reason == REASON_NONE) {
        printf("%s: no incarnation has ended\n", name);
        return EXIT_SUCCESS;
    }
    struct message m = message(INIT_WHY);
    m.words[0] = (uint64_t)index;
    m.word_count = 1;
    message_lend(&m, &end, sizeof(end), LEASE_WRITE);
    int status = request_repeat(startup_capability("init"), &m);
    if (status != OK)
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
    long found = fetch_records();
    if (found < 0)
        return complain("init", (int)found);
    if (why)
        return explain(options.operands[0], found);
    print_list(found);
    return EXIT_SUCCESS;
}
