/*
 * The trace rings: who may read them, what is in them, and how a reader knows what it has read.
 */
#include "tests/guest/harness/trace.h"
#include "kernel/abi/trace_text.h"
#include "tests/guest/harness/patient.h"
#include "user/lib/startup.h"
#include "user/lib/thread.h"
#include <string.h>

/* ---- who may do what with the memory ---- */

static void a_reader_finds_the_rings(void)
{
    uint64_t khz = sys_system_info(SYSTEM_TSC_KHZ);
    trace_open();
    for (unsigned cpu = 0; cpu < board->cpus; cpu++) {
        EQUAL(trace_rings[cpu].magic, TRACE_MAGIC);
        EQUAL(trace_rings[cpu].version, TRACE_VERSION);
        EQUAL(trace_rings[cpu].cpu, cpu);
        EQUAL(trace_rings[cpu].capacity, TRACE_RECORDS);
        EQUAL(trace_rings[cpu].tsc_khz, khz);
    }
}

static void the_capability_only_reads(void)
{
    unsigned type, rights;
    uint64_t badge, address;
    handle_t copy;
    EQUAL(sys_cap_info(SELF, own.trace, &type, &rights, &badge), OK);
    EQUAL(type, OBJECT_MEMORY);
    EQUAL(rights, RIGHT_READ | RIGHT_GIVE);
    EQUAL(sys_cap_copy(SELF, own.trace, SELF, RIGHTS_ALL, &copy), OK);
    EQUAL(sys_cap_info(SELF, copy, &type, &rights, &badge), OK);
    EQUAL(rights, RIGHT_READ | RIGHT_GIVE);
    EQUAL(sys_map(SELF, copy, (void *)TRACE_ADDRESS, 0, 1, RIGHT_READ | RIGHT_WRITE), E_RIGHTS);
    EQUAL(sys_map(SELF, copy, (void *)TRACE_ADDRESS, 0, 1, RIGHT_READ | RIGHT_EXECUTE), E_RIGHTS);
    EQUAL(sys_map(SELF, copy, (void *)TRACE_ADDRESS, 0, 1, RIGHT_READ), OK);
    EQUAL(sys_protect(SELF, copy, RIGHT_READ | RIGHT_WRITE), E_RIGHTS);
    EQUAL(sys_protect(SELF, copy, RIGHT_READ | RIGHT_EXECUTE), E_RIGHTS);
    EQUAL(sys_memory_physical(copy, 0, &address), E_RIGHTS);
    EQUAL(sys_memory_device(copy, (uint64_t)1 << 32, 1, 0, &copy), E_RIGHTS);
}

/* The rings end where the last CPU's does. */
static void no_page_beyond_the_rings(void)
{
    uint64_t pages = board->cpus * sizeof(struct trace_ring) / PAGE_SIZE;
    EQUAL(sys_map(SELF, own.trace, (void *)TRACE_ADDRESS, pages - 1, 2, RIGHT_READ), E_ARGUMENT);
    EQUAL(sys_map(SELF, own.trace, (void *)TRACE_ADDRESS, pages, 1, RIGHT_READ), E_ARGUMENT);
    EQUAL(sys_map(SELF, own.trace, (void *)TRACE_ADDRESS, pages - 1, 1, RIGHT_READ), OK);
}

INSTRUCTION(read_here, "mov (%rdi), %rax")
INSTRUCTION(write_here, "movb $0, (%rdi)")
INSTRUCTION(jump_here, "jmp *%rdi")

static void nobody_writes_or_executes_a_ring(void)
{
    handle_t theirs;
    patient_start();
    theirs = give(own.trace, patient, RIGHTS_ALL);
    EQUAL(sys_map(patient, theirs, (void *)TRACE_ADDRESS, 0, 1, RIGHT_READ), OK);
    go_on(read_here, TRACE_ADDRESS);
    EQUAL(fault.words[FAULT_VECTOR], INVALID);
    EQUAL((uint32_t)FAULT_REGISTERS.rax, TRACE_MAGIC);
    go_on(write_here, TRACE_ADDRESS);
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
    EQUAL(fault.words[FAULT_ERROR], ERROR_PRESENT | ERROR_WRITE | ERROR_USER);
    go_on(jump_here, TRACE_ADDRESS);
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
    EQUAL(fault.words[FAULT_ERROR], ERROR_PRESENT | ERROR_USER | ERROR_FETCH);
}

static void lend_text(void *endpoint)
{
    static char text[] = "not for the trace";
    struct message m = message(0);
    message_lend(&m, text, sizeof(text), LEASE_READ);
    ipc_call((handle_t)endpoint, &m, DEADLINE_FOREVER);
}

/* The kernel does not write there for anybody either. */
static void no_copy_ends_in_a_ring(void)
{
    handle_t endpoint = new_endpoint();
    struct message m;
    uint64_t done;
    trace_open();
    worker(lend_text, (void *)endpoint, STORY_PRIORITY + 1);
    m = received(endpoint);
    EQUAL(sys_lease_read(m.token, 0, 0, (void *)TRACE_ADDRESS, 8, &done), E_ADDRESS);
    EQUAL(done, 0);
    EQUAL(trace_rings[0].magic, TRACE_MAGIC);
}

/* ---- what is always recorded ---- */

INSTRUCTION(exit_here, "mov $17, %eax\n\tmov $77, %edi\n\tsyscall")

static void faults_and_ends_are_recorded(void)
{
    struct trace_record fault_record, record;
    uint64_t number;
    trace_open();
    look_from_here();
    patient_start();
    fault_record = next_of(TRACE_FAULT);
    EQUAL(fault_record.detail, INVALID);
    EQUAL(fault_record.value, (uint64_t)stop);
    EQUAL(fault_record.cpu, board->thread_cpu);
    EQUAL(fault_record.thread, fault.words[FAULT_THREAD]);
    go_on(read_here, 0x123456);
    record = next_of(TRACE_FAULT);
    EQUAL(record.detail, PAGE);
    EQUAL(record.value, (uint64_t)read_here);
    EQUAL(record.call, 0x123456);
    number = figure(patient, PROCESS_NUMBER);
    FAULT_REGISTERS.rip = (uint64_t)exit_here;
    resume();
    EVENTUALLY(figure(patient, PROCESS_EXITED));
    record = next_of(TRACE_EXIT);
    EQUAL(record.call, number);
    EQUAL(record.value, 77);
}

static void the_end_of_an_object_is_recorded(void)
{
    struct trace_record record;
    trace_open();
    look_from_here();
    EQUAL(sys_cap_delete(SELF, new_notification()), OK);
    record = next_of(TRACE_DESTROY);
    EQUAL(record.detail, OBJECT_NOTIFICATION);
    EQUAL(record.call, figure(SELF, PROCESS_NUMBER));
}

static void a_deadline_that_passes_is_recorded(void)
{
    struct trace_record record;
    handle_t endpoint = new_endpoint();
    struct message m = message(0);
    uint64_t deadline, earliest, latest, ring_start;
    trace_open();
    look_from_here();
    ring_start = trace_rings[0].tsc_start;
    deadline = sys_clock() + MILLISECOND;
    EQUAL(ipc_recv(endpoint, &m, deadline), E_TIMEOUT);
    record = next_of(TRACE_EXPIRE);
    EQUAL(record.thread, thread_block()->number);
    EQUAL(record.detail, E_TIMEOUT);
    EQUAL(record.call, 0);
    EQUAL(record.value, deadline);
    /* The record's time is the clock's: kHz are whole, so a hundredth is allowed. */
    CHECK(ring_start <= record.tsc);
    earliest = deadline - deadline / 100;
    latest = sys_clock() + deadline / 100;
    CHECK(trace_time(&trace_rings[0], &record) >= earliest && trace_time(&trace_rings[0], &record) <= latest);
}

static void spin(void *unused)
{
    (void)unused;
    board->cells[0] = 1;
    for (;;)
        __asm__ volatile("pause");
}

static void a_shootdown_is_recorded(void)
{
    struct trace_record record;
    handle_t memory = new_memory(1);
    trace_open();
    worker_on(1ul << 1, spin, 0, STORY_PRIORITY);
    EVENTUALLY(board->cells[0]);
    EQUAL(sys_map(SELF, memory, (void *)(HEAP_BASE + 0x7000000), 0, 1, RIGHT_READ), OK);
    look_from_here();
    EQUAL(sys_unmap(SELF, memory), OK);
    record = next_of(TRACE_SHOOTDOWN);
    EQUAL(record.cpu, 0);
    EQUAL(record.detail, 1 << 1);
}

/* ---- reading while it is written ---- */

static void a_ring_wraps_and_its_readers_notice(void)
{
    const struct trace_ring *ring = &trace_rings[0];
    struct trace_record record;
    uint64_t first, end, place;
    trace_open();
    first = ring->written;
    CHECK(!trace_read(ring, first, &record));
    EQUAL(sys_cap_delete(SELF, new_notification()), OK);
    CHECK(trace_read(ring, first, &record));
    place = first % TRACE_RECORDS;
    CHECK(memcmp(&ring->records[place], &record, sizeof(record)) == 0);
    while (ring->written < first + TRACE_RECORDS)
        EQUAL(sys_cap_delete(SELF, new_notification()), OK);
    end = ring->written;
    CHECK(!trace_read(ring, first, &record)); /* may be overwritten just now */
    CHECK(!trace_read(ring, end - TRACE_RECORDS, &record));
    CHECK(trace_read(ring, end - TRACE_RECORDS + 1, &record));
    CHECK(trace_read(ring, end - 1, &record));
}

static void time_never_goes_back(void)
{
    struct trace_record record;
    trace_open();
    for (unsigned cpu = 0; cpu < board->cpus; cpu++) {
        const struct trace_ring *ring = &trace_rings[cpu];
        uint64_t last = 0, n = ring->written < TRACE_RECORDS ? 0 : ring->written - TRACE_RECORDS + 1;
        for (; n < ring->written; n++)
            if (trace_read(ring, n, &record)) {
                EQUAL(record.cpu, cpu);
                CHECK(record.tsc >= last);
                last = record.tsc;
            }
    }
}

/* ---- for tests that look from outside, by words on the command line ---- */

static bool is_told(const char *word)
{
    return strstr(bootinfo()->command_line, word) != NULL;
}

static void what_does_not_hold(void)
{
    EQUAL(figure(SELF, PROCESS_EXITED), 2);
}

int main(void)
{
    if (is_told("then=fail"))
        RUN_ONCE(what_does_not_hold);
    if (is_told("then=fault")) {
        RUN_ONCE(a_deadline_that_passes_is_recorded);
        *(volatile char *)0xdead000 = 0;
    }
    RUN_ONCE(a_reader_finds_the_rings);
    RUN_ONCE(the_capability_only_reads);
    RUN_ONCE(no_page_beyond_the_rings);
    RUN_ONCE(nobody_writes_or_executes_a_ring);
    RUN_ONCE(no_copy_ends_in_a_ring);
    RUN(faults_and_ends_are_recorded);
    RUN_ONCE(the_end_of_an_object_is_recorded);
    RUN_ONCE(a_deadline_that_passes_is_recorded);
    RUN_ON_MANY(a_shootdown_is_recorded);
    RUN_ONCE(a_ring_wraps_and_its_readers_notice);
    RUN_ONCE(time_never_goes_back);
    finish();
}
