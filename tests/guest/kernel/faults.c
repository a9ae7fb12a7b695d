/*
 * Faults: how a handler hears of them, and what its answer can change. What faults there are is told in protection.c.
 */
#include "tests/guest/harness/patient.h"
#include "user/lib/memory.h"
#include <string.h>

/* ---- what the handler sees and can change ---- */

static void fill_registers(struct registers *registers, uint64_t seed)
{
    uint64_t *next = (uint64_t *)registers;
    for (unsigned i = 0; i < offsetof(struct registers, rip) / sizeof(*next); i++)
        next[i] = seed * (i + 3);
}

#define FLAG_STEP        (1ul << 8)
#define FLAG_INTERRUPTS  (1ul << 9)
#define FLAGS_PRIVILEGED (3ul << 12 | 1ul << 14 | 1ul << 17 | 3ul << 19) /* ports, nesting, the 8086 */

/* All registers go out with the answer and come back with the next fault; of the flags only the user's own. */
static void an_answer_changes_all_registers(void)
{
    struct registers set, seen;
    patient_start();
    for (uint64_t seed = 0x0123456789abcdef; seed; seed <<= 8) {
        fill_registers(&set, seed);
        set.rip = (uint64_t)stop;
        set.rsp = seed;
        set.rflags = ~FLAG_STEP;
        FAULT_REGISTERS = set;
        resume();
        hear();
        seen = FAULT_REGISTERS;
        EQUAL(seen.rflags & FLAG_INTERRUPTS, FLAG_INTERRUPTS);
        EQUAL(seen.rflags & FLAGS_PRIVILEGED, 0);
        seen.rflags = set.rflags;
        CHECK(memcmp(&seen, &set, sizeof(set)) == 0);
        EQUAL(fault.words[FAULT_RSP], seed);
    }
    set.rflags = 0; /* interrupts cannot be turned off either */
    FAULT_REGISTERS = set;
    resume();
    hear();
    EQUAL(FAULT_REGISTERS.rflags & FLAG_INTERRUPTS, FLAG_INTERRUPTS);
}

/* With the trap flag a debugger goes instruction by instruction, system calls included. */
INSTRUCTION(five_steps, "nop\n\tnop\n\txor %eax, %eax\n\tsyscall\n\tnop")

static void single_steps(void)
{
    unsigned steps = 0;
    patient_start();
    FAULT_REGISTERS.rip = (uint64_t)five_steps;
    do {
        FAULT_REGISTERS.rflags |= FLAG_STEP;
        resume();
        hear();
        steps++;
    } while (fault.words[FAULT_VECTOR] == DEBUG && steps < 10);
    EQUAL(fault.words[FAULT_VECTOR], INVALID);
    CHECK(steps == 5 || steps == 6); /* the step over syscall may be reported or not */
}

/* The token lends the whole address space: a debugger reads and writes there; not what the patient itself cannot. */
static char secret[] = "written by nobody";

static void a_handler_sees_the_memory(void)
{
    char bytes[sizeof(secret)];
    uint64_t done;
    patient_start();
    memset(secret, 'x', 5);
    EQUAL(sys_lease_read(fault.token, 0, (uint64_t)secret, bytes, sizeof(bytes), &done), OK);
    CHECK(strcmp(bytes, "written by nobody") == 0);
    EQUAL(sys_lease_write(fault.token, 0, (uint64_t)secret, "mended", 6, &done), OK);
    EQUAL(sys_lease_read(fault.token, 0, (uint64_t)secret, bytes, sizeof(bytes), &done), OK);
    CHECK(memcmp(bytes, "mended by", 6) == 0);
    EQUAL(sys_lease_write(fault.token, 0, (uint64_t)stop, "x", 1, &done), E_LEASE);
    EQUAL(sys_lease_read(fault.token, 0, 0xffff800000100000, bytes, 1, &done), E_LEASE);
}

/* A pager: memory comes when it is touched, and the instruction is repeated. */
static void sum_pages(void *base)
{
    volatile uint64_t *pages = base;
    for (unsigned i = 0; i < 20; i++)
        pages[i * PAGE_SIZE / sizeof(uint64_t)] += i;
    board->cells[0] = 1;
    stop();
}

static void a_pager(void)
{
    char *base = (char *)HEAP_BASE + 12345 * PAGE_SIZE;
    patient_start_with(sum_pages, base);
    for (unsigned i = 0; i < 20; i++) {
        handle_t memory;
        EQUAL(fault.words[FAULT_VECTOR], PAGE);
        EQUAL(fault.words[FAULT_ADDRESS], (uint64_t)base + i * PAGE_SIZE);
        EQUAL(sys_memory_create(patient, 1, MEMORY_SHAREABLE, &memory), OK);
        EQUAL(sys_map(patient, memory, base + i * PAGE_SIZE, 0, 1, RIGHT_READ | RIGHT_WRITE), OK);
        resume();
        hear();
    }
    EQUAL(fault.words[FAULT_VECTOR], INVALID);
    EQUAL(board->cells[0], 1);
}

/* ---- faults that nobody mends ---- */

static void begin(void *unused)
{
    (void)unused;
    stop();
}

/* Any other answer leaves the thread where it is; its process goes on. */
static void an_answer_without_resume_halts_the_thread(void)
{
    struct message m = message(0);
    patient_start();
    m.token = fault.token;
    EQUAL(ipc_reply(&m), OK);
    EQUAL(ipc_reply(&m), E_STALE);
    EQUAL(figure(patient, PROCESS_EXITED), 0);
    EQUAL(figure(patient, PROCESS_THREADS), 1);
}

static void without_a_handler_the_process_ends(void)
{
    handle_t child = clone(begin, 0, &(struct clone_options){.affinity = 1ul << board->thread_cpu});
    CHECK(child != 0);
    EVENTUALLY(figure(child, PROCESS_EXITED) == 1);
}

/* The handler's endpoint goes while a fault waits there: the process ends, with the exception as its status. */
static void a_handler_that_goes_ends_the_process(void)
{
    handle_t doomed = new_endpoint(), child;
    child = clone(begin, 0, &(struct clone_options){.fault = doomed, .affinity = 1ul << board->thread_cpu});
    CHECK(child != 0);
    settle();
    EQUAL(figure(child, PROCESS_EXITED), 0);
    EQUAL(sys_cap_delete(SELF, doomed), OK);
    EVENTUALLY(figure(child, PROCESS_EXITED) == 1);
}

int main(void)
{
    RUN(an_answer_changes_all_registers);
    RUN(single_steps);
    RUN(a_handler_sees_the_memory);
    RUN(a_pager);
    RUN(an_answer_without_resume_halts_the_thread);
    RUN(without_a_handler_the_process_ends);
    RUN(a_handler_that_goes_ends_the_process);
    finish();
}
