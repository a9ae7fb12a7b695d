#include "servers/init/crash.h"
#include "servers/init/early.h"
#include "user/lib/status.h"
#include <stdio.h>
#include <string.h>

#define VECTOR_PAGE_FAULT 14
#define LONGEST_LEAF      4096 /* bytes of a function that calls none */

/* The instruction `call` with a relative operand, as it stands before a return address. */
struct call {
    uint8_t opcode;
    int32_t distance;
} __attribute__((packed));
#define CALL_OPCODE 0xe8

static bool read(uint64_t token, uint64_t address, void *buffer, uint64_t length)
{
    uint64_t done;
    return sys_lease_read(token, 0, address, buffer, length, &done) == OK;
}

/*
 * A function that calls no other has no frame: its return address is on top of the stack. It is one if a call stands
 * before it that leads to a function just below rip.
 */
static void find_caller_of_leaf(uint64_t token, struct service_end *end)
{
    uint64_t address;
    struct call call;
    if (!read(token, end->registers.rsp, &address, sizeof(address)) ||
        !read(token, address - sizeof(call), &call, sizeof(call)) || call.opcode != CALL_OPCODE)
        return;
    uint64_t function = address + (uint64_t)call.distance;
    if (function <= end->registers.rip && end->registers.rip - function < LONGEST_LEAF)
        end->callers[end->caller_count++] = address;
}

/*
 * All other functions keep frame pointers: rbp points to the caller's rbp, and above that is the return address. A
 * chain that does not lead upwards is damaged, or at its end.
 */
static void find_callers(uint64_t token, struct service_end *end)
{
    uint64_t frame = end->registers.rbp, pair[2];
    while (end->caller_count < SERVICE_CALLERS && frame % sizeof(frame) == 0 && frame != 0) {
        if (!read(token, frame, pair, sizeof(pair)))
            return;
        end->callers[end->caller_count++] = pair[1];
        if (pair[0] <= frame)
            return;
        frame = pair[0];
    }
}

void crash_examine(const struct message *fault, struct service_end *end)
{
    end->reason = REASON_FAULT;
    end->detail = fault->words[FAULT_VECTOR];
    end->error = fault->words[FAULT_ERROR];
    end->address = fault->words[FAULT_ADDRESS];
    end->registers = message_page()->registers;
    find_caller_of_leaf(fault->token, end);
    find_callers(fault->token, end);
}

static void print_fault(const char *name, const struct service_end *end)
{
    char place[32] = ""; /* only a page fault is about an address */
    const struct registers *r = &end->registers;
    if (end->detail == VECTOR_PAGE_FAULT)
        snprintf(place, sizeof(place), " at 0x%lx", end->address);
    early_print("%s, generation %u: %s%s, rip 0x%lx, error code 0x%lx", name, end->generation,
                fault_text((unsigned)end->detail), place, r->rip, end->error);
    early_print("  rax %lx rbx %lx rcx %lx rdx %lx rsi %lx rdi %lx", r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi);
    early_print("  rbp %lx rsp %lx r8 %lx r9 %lx r10 %lx r11 %lx", r->rbp, r->rsp, r->r8, r->r9, r->r10, r->r11);
    early_print("  r12 %lx r13 %lx r14 %lx r15 %lx rflags %lx", r->r12, r->r13, r->r14, r->r15, r->rflags);
}

static void print_callers(const struct service_end *end)
{
    char line[SERVICE_CALLERS * 19 + 1];
    uint64_t length = 0;
    for (unsigned i = 0; i < end->caller_count; i++)
        length += (unsigned)snprintf(line + length, sizeof(line) - length, " %lx", end->callers[i]);
    if (length > 0)
        early_print("  called from%s", line);
}

void crash_print(const char *name, const struct service_end *end)
{
    switch (end->reason) {
    case REASON_FAULT:
        print_fault(name, end);
        return print_callers(end);
    case REASON_EXIT:
        return early_print("%s, generation %u: exited with status %lu", name, end->generation, end->detail);
    case REASON_HUNG:
        return early_print("%s, generation %u: hung, silent for %lu ms", name, end->generation, end->detail);
    case REASON_NOT_MADE:
        return early_print("cannot start %s: %s", name, status_text((int)end->detail));
    case REASON_SUSPECTED:
        return early_print("%s, generation %u: ended, as what depends on it ends again and again", name,
                           end->generation);
    }
}
