/*
 * Faults: what user code can do wrong, how its handler hears of it, and what the handler's answer can change.
 *
 * A patient is a clone whose fault endpoint is the story's. It faults; the story looks at the message, and answers with
 * new registers.
 */
#include "tests/guest/harness/story.h"
#include "user/lib/memory.h"
#include <string.h>

#define BADGE 0xb0b

enum { DIVIDE = 0, DEBUG = 1, BREAKPOINT = 3, OVERFLOW = 4, INVALID = 6, STACK = 12, PROTECTION = 13, PAGE = 14 };
enum { ERROR_PRESENT = 1, ERROR_WRITE = 2, ERROR_USER = 4, ERROR_FETCH = 16 };
enum { ERROR_GATE = 2 }; /* the exception came from a gate of the interrupt table; its number is in bits 3 and up */

static handle_t endpoint, patient;
static struct message fault; /* the last one heard */

#define FAULT_REGISTERS (message_page()->registers)

static void hear(void)
{
    fault = received(endpoint);
    EQUAL(fault.label, LABEL_FAULT);
    EQUAL(fault.badge, BADGE);
}

static void start(void (*run)(void *), void *argument)
{
    endpoint = new_endpoint();
    patient = clone(run, argument,
                    &(struct clone_options){.fault = minted(endpoint, RIGHTS_ALL, BADGE),
                                            .affinity = 1ul << board->thread_cpu});
    CHECK(patient != 0);
    hear();
}

/* Answers with the registers in the message page. */
static void resume(void)
{
    struct message m = {.token = fault.token, .word_count = 1, .words = {FAULT_RESUME}};
    EQUAL(ipc_reply(&m), OK);
}

/* Lets the patient go on at `function` with rdi = argument; hears of the next fault. */
static void go_on(void *function, uint64_t argument)
{
    FAULT_REGISTERS.rip = (uint64_t)function;
    FAULT_REGISTERS.rdi = argument;
    resume();
    hear();
}

/* ---- instructions that must not work ---- */

#define INSTRUCTION(name, text)                                                                                        \
    __attribute__((naked)) static void name(void)                                                                      \
    {                                                                                                                  \
        __asm__(text "\n\tud2");                                                                                       \
    }
INSTRUCTION(stop, "ud2")
INSTRUCTION(divide, "xor %ecx, %ecx\n\tdiv %ecx")
INSTRUCTION(int_80, "int $0x80")
INSTRUCTION(int_2, "int $2")
INSTRUCTION(int_8, "int $8")
INSTRUCTION(int_14, "int $14")
INSTRUCTION(int_e0, "int $0xe0")
INSTRUCTION(int_e2, "int $0xe2")
INSTRUCTION(int_30, "int $0x30")
INSTRUCTION(halt, "hlt")
INSTRUCTION(clear_interrupts, "cli")
INSTRUCTION(set_interrupts, "sti")
INSTRUCTION(port_in, "in $0x60, %al")
INSTRUCTION(port_out, "out %al, $0x80")
INSTRUCTION(port_string, "mov $0x3f8, %edx\n\toutsb")
INSTRUCTION(read_msr, "mov $0xc0000080, %ecx\n\trdmsr")
INSTRUCTION(write_msr, "mov $0xc0000082, %ecx\n\twrmsr")
INSTRUCTION(read_cr3, "mov %cr3, %rax")
INSTRUCTION(write_cr3, "mov %rax, %cr3")
INSTRUCTION(write_cr0, "mov %rax, %cr0")
INSTRUCTION(write_cr4, "mov %rax, %cr4")
INSTRUCTION(write_dr7, "mov %rax, %dr7")
INSTRUCTION(clear_ts, "clts")
INSTRUCTION(invalidate_page, "invlpg (%rsp)")
INSTRUCTION(invalidate_caches, "invd")
INSTRUCTION(load_gdt, "lgdt -16(%rsp)")
INSTRUCTION(load_idt, "lidt -16(%rsp)")
INSTRUCTION(load_task, "ltr %ax")
INSTRUCTION(swap_gs, "swapgs")
INSTRUCTION(system_return, "sysretq")
INSTRUCTION(machine_status, "lmsw %ax")
INSTRUCTION(write_gs, "wrgsbase %rax")
INSTRUCTION(far_kernel, "push $8\n\tlea 1f(%rip), %rax\n\tpush %rax\n\tlretq\n1:")
INSTRUCTION(return_to_kernel, "push $0x10\n\tpush %rsp\n\tpush $2\n\tpush $8\n\tpush $0\n\tiretq")
INSTRUCTION(extended_control, "xor %ecx, %ecx\n\txgetbv")
INSTRUCTION(breakpoint, "int3")
INSTRUCTION(overflow, "int $4")
INSTRUCTION(store_gdt, "sgdt -16(%rsp)")
INSTRUCTION(store_status, "smsw %ax")

static const struct {
    void (*code)(void);
    unsigned vector;
    unsigned error; /* but for the number of a gate */
    bool after;     /* rip is that of the next instruction: a trap */
} forbidden[] = {
    {stop, INVALID, 0, false},
    {int_80, PROTECTION, ERROR_GATE, false},
    {int_2, PROTECTION, ERROR_GATE, false},
    {int_8, PROTECTION, ERROR_GATE, false},
    {int_14, PROTECTION, ERROR_GATE, false},
    {int_e0, PROTECTION, ERROR_GATE, false},
    {int_e2, PROTECTION, ERROR_GATE, false},
    {int_30, PROTECTION, ERROR_GATE, false},
    {halt, PROTECTION, 0, false},
    {clear_interrupts, PROTECTION, 0, false},
    {set_interrupts, PROTECTION, 0, false},
    {port_in, PROTECTION, 0, false},
    {port_out, PROTECTION, 0, false},
    {read_cr3, PROTECTION, 0, false},
    {write_cr3, PROTECTION, 0, false},
    {write_cr0, PROTECTION, 0, false},
    {write_cr4, PROTECTION, 0, false},
    {write_dr7, PROTECTION, 0, false},
    {clear_ts, PROTECTION, 0, false},
    {invalidate_page, PROTECTION, 0, false},
    {invalidate_caches, PROTECTION, 0, false},
    {load_gdt, PROTECTION, 0, false},
    {load_idt, PROTECTION, 0, false},
    {load_task, PROTECTION, 0, false},
    {swap_gs, PROTECTION, 0, false},
    {system_return, PROTECTION, 0, false},
    {machine_status, PROTECTION, 0, false},
    {write_gs, INVALID, 0, false},
    {breakpoint, BREAKPOINT, 0, true},
    {overflow, OVERFLOW, 0, true},
};

static void begin(void *unused)
{
    (void)unused;
    stop();
}

/* Each instruction in turn by the same patient: it faults as it should, at the right place, and nothing else happens. */
static void privileged_instructions_only_fault(void)
{
    start(begin, 0);
    for (unsigned i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
        uint64_t code = (uint64_t)forbidden[i].code;
        go_on(forbidden[i].code, i);
        EQUAL(fault.words[FAULT_VECTOR] << 32 | i, (uint64_t)forbidden[i].vector << 32 | i);
        EQUAL(fault.words[FAULT_ERROR] & 7, forbidden[i].error);
        CHECK(forbidden[i].after ? fault.words[FAULT_RIP] > code : fault.words[FAULT_RIP] == code);
    }
}

/* These set something up first, so that the fault is further on. */
static void so_do_these(void)
{
    void (*const code[])(void) = {divide, port_string, read_msr, write_msr, far_kernel, return_to_kernel,
                                  extended_control};
    static const unsigned vectors[] = {DIVIDE, PROTECTION, PROTECTION, PROTECTION, 0, 0, INVALID};
    enum { FAR_RETURN = 4, INTERRUPT_RETURN = 5 };
    uint64_t stack;
    start(begin, 0);
    stack = FAULT_REGISTERS.rsp;
    for (unsigned i = 0; i < sizeof(code) / sizeof(code[0]); i++) {
        FAULT_REGISTERS.rsp = stack;
        go_on(code[i], i);
        if (i == FAR_RETURN || i == INTERRUPT_RETURN) /* some emulators cannot read the stack for these two */
            CHECK(fault.words[FAULT_VECTOR] == PROTECTION || fault.words[FAULT_VECTOR] == PAGE);
        else
            EQUAL(fault.words[FAULT_VECTOR] << 32 | i, (uint64_t)vectors[i] << 32 | i);
        CHECK(fault.words[FAULT_RIP] > (uint64_t)code[i]); /* not the last resort behind it */
        CHECK(fault.words[FAULT_RIP] < (uint64_t)code[i] + 32);
    }
}

static bool has_umip(void)
{
    uint32_t a = 7, b, c = 0, d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return c & 1u << 2;
}

/* Where the CPU can forbid it, user code does not learn where the kernel's tables are. */
static void descriptor_tables_are_hidden(void)
{
    start(begin, 0);
    go_on(store_gdt, 0);
    EQUAL(fault.words[FAULT_VECTOR], has_umip() ? PROTECTION : INVALID);
    go_on(store_status, 0);
    EQUAL(fault.words[FAULT_VECTOR], has_umip() ? PROTECTION : INVALID);
}

/* ---- memory that must not be touched ---- */

INSTRUCTION(read_at, "mov (%rdi), %al")
INSTRUCTION(write_at, "movb $1, (%rdi)")
INSTRUCTION(jump_to, "jmp *%rdi")
INSTRUCTION(push_at, "mov %rdi, %rsp\n\tpush %rax")

static const uint64_t out_of_reach[] = {
    0,
    8,
    USER_FIRST - 1,
    USER_END,
    USER_END - 1,
    MESSAGE_PAGES - 1,
    0xffff800000000000, /* the direct map */
    0xffff800000200000, /* and in it the kernel's text */
    0xffffff0000000000, /* devices */
    0xffffffff80200000, /* the kernel */
    0xffffffff80210000,
    ~0ul,
};

static void kernel_memory_is_out_of_reach(void)
{
    start(begin, 0);
    for (unsigned i = 0; i < sizeof(out_of_reach) / sizeof(out_of_reach[0]); i++) {
        uint64_t address = out_of_reach[i];
        go_on(read_at, address);
        EQUAL(fault.words[FAULT_VECTOR], PAGE);
        EQUAL(fault.words[FAULT_ADDRESS], address);
        EQUAL(fault.words[FAULT_ERROR] & ~(uint64_t)ERROR_PRESENT, ERROR_USER);
        go_on(write_at, address);
        EQUAL(fault.words[FAULT_VECTOR], PAGE);
        EQUAL(fault.words[FAULT_ADDRESS], address);
        EQUAL(fault.words[FAULT_ERROR] & ~(uint64_t)ERROR_PRESENT, ERROR_USER | ERROR_WRITE);
        go_on(jump_to, address);
        EQUAL(fault.words[FAULT_VECTOR], PAGE);
        EQUAL(fault.words[FAULT_RIP], address);
        EQUAL(fault.words[FAULT_ERROR] & ~(uint64_t)ERROR_PRESENT, ERROR_USER | ERROR_FETCH);
    }
}

/* Addresses that are none at all are another exception, and harm the kernel just as little: also as rip and as rsp. */
static void addresses_that_are_none(void)
{
    static const uint64_t none[] = {0x800000001000, 0x8000000000000000, 0xffff7fffffffffff, 0x1234567890abcdef};
    start(begin, 0);
    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        go_on(read_at, none[i]);
        EQUAL(fault.words[FAULT_VECTOR], PROTECTION);
        go_on(jump_to, none[i]);
        EQUAL(fault.words[FAULT_VECTOR], PROTECTION);
        go_on(push_at, none[i]);
        CHECK(fault.words[FAULT_VECTOR] == STACK || fault.words[FAULT_VECTOR] == PROTECTION);
        go_on((void *)none[i], 0); /* made canonical by the kernel, it is an ordinary address where nothing is */
        CHECK(fault.words[FAULT_VECTOR] == PAGE || fault.words[FAULT_VECTOR] == PROTECTION);
        FAULT_REGISTERS.rsp = none[i];
        go_on(stop, 0);
        EQUAL(fault.words[FAULT_VECTOR], INVALID);
        EQUAL(fault.words[FAULT_RSP], none[i]);
    }
}

/* A system call with any stack pointer comes back: the kernel does not use it. */
INSTRUCTION(call_kernel, "xor %eax, %eax\n\tsyscall\n\tud2")

static void a_system_call_needs_no_stack(void)
{
    static const uint64_t stacks[] = {0, 1, USER_END, 0x800000000000, 0xffffffff80200000, ~0ul};
    start(begin, 0);
    for (unsigned i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
        FAULT_REGISTERS.rsp = stacks[i];
        go_on(call_kernel, 0);
        EQUAL(fault.words[FAULT_VECTOR], INVALID);
        EQUAL(FAULT_REGISTERS.rax, OK);
        EQUAL(FAULT_REGISTERS.rsp, stacks[i]);
    }
}

/* A system call at the very end of what a user can map returns behind it: into a fault of the user. */
static void a_system_call_at_the_end_of_user_space(void)
{
    char *last = (char *)MESSAGE_PAGES - PAGE_SIZE, *window = address_reserve(1);
    handle_t memory = new_memory(1), theirs;
    start(begin, 0);
    EQUAL(sys_map(SELF, memory, window, 0, 1, RIGHT_READ | RIGHT_WRITE), OK);
    memcpy(window + PAGE_SIZE - 2, "\x0f\x05", 2);
    theirs = give(memory, patient, RIGHTS_ALL);
    EQUAL(sys_map(patient, theirs, last, 0, 1, RIGHT_READ | RIGHT_EXECUTE), OK);
    FAULT_REGISTERS.rax = SYS_NULL;
    go_on(last + PAGE_SIZE - 2, 0);
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
    EQUAL(fault.words[FAULT_RIP], MESSAGE_PAGES);
}

/* ---- what is writable does not run, what runs is not writable ---- */

static void data_does_not_run(void)
{
    unsigned char *page = address_reserve(1);
    handle_t memory = new_memory(1), theirs;
    start(begin, 0);
    EQUAL(sys_map(SELF, memory, page, 0, 1, RIGHT_READ | RIGHT_WRITE), OK);
    memset(page, 0x90, PAGE_SIZE); /* nop */
    memcpy(page + 16, "\x0f\x0b", 2); /* ud2 */
    theirs = give(memory, patient, RIGHTS_ALL);
    EQUAL(sys_map(patient, theirs, page, 0, 1, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE), E_ARGUMENT);
    EQUAL(sys_map(patient, theirs, page, 0, 1, RIGHT_READ | RIGHT_WRITE), OK);
    go_on(page, 0);
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
    EQUAL(fault.words[FAULT_ERROR], ERROR_PRESENT | ERROR_USER | ERROR_FETCH);
    EQUAL(sys_protect(patient, theirs, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE), E_ARGUMENT);
    EQUAL(sys_protect(patient, theirs, RIGHT_READ | RIGHT_EXECUTE), OK);
    go_on(page, 0);
    EQUAL(fault.words[FAULT_VECTOR], INVALID);
    EQUAL(fault.words[FAULT_RIP], (uint64_t)page + 16);
    go_on(write_at, (uint64_t)page);
    EQUAL(fault.words[FAULT_ERROR], ERROR_PRESENT | ERROR_USER | ERROR_WRITE);
    go_on(write_at, (uint64_t)stop); /* its own text */
    EQUAL(fault.words[FAULT_ERROR], ERROR_PRESENT | ERROR_USER | ERROR_WRITE);
    go_on((void *)message_page(), 0); /* ours is not mapped there, but: */
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
}

/* An endless recursion ends in the unmapped page below the stack. */
INSTRUCTION(recurse, "1: push %rax\n\tjmp 1b")

static void a_stack_overflow_is_a_page_fault(void)
{
    start(begin, 0);
    go_on(recurse, 0);
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
    EQUAL(fault.words[FAULT_ADDRESS], STACKS_BASE - 8);
}

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
    start(begin, 0);
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
    start(begin, 0);
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
    start(begin, 0);
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
    start(sum_pages, base);
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

/* Any other answer leaves the thread where it is; its process goes on. */
static void an_answer_without_resume_halts_the_thread(void)
{
    struct message m = message(0);
    start(begin, 0);
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

/* A new thread cannot begin in the kernel, nor with the kernel's stack; at a place that is not there, it faults. */
static void a_thread_cannot_begin_in_the_kernel(void)
{
    handle_t thread;
    start(begin, 0);
    EQUAL(sys_thread_create(patient, 0xffffffff80200000, 0, 0, 1, 0, &thread), E_ARGUMENT);
    EQUAL(sys_thread_create(patient, 0x800000000000, 0, 0, 1, 0, &thread), E_ARGUMENT);
    EQUAL(sys_thread_create(patient, (uint64_t)stop, 0xffff800000200000, 0, 1, 0, &thread), E_ARGUMENT);
    EQUAL(sys_thread_create(patient, USER_END - 1, 0, 0, 1, 0, &thread), OK);
    hear();
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
    EQUAL(fault.words[FAULT_RIP], USER_END - 1);
}

int main(void)
{
    RUN(privileged_instructions_only_fault);
    RUN(so_do_these);
    RUN(descriptor_tables_are_hidden);
    RUN(kernel_memory_is_out_of_reach);
    RUN(addresses_that_are_none);
    RUN(a_system_call_needs_no_stack);
    RUN(a_system_call_at_the_end_of_user_space);
    RUN(data_does_not_run);
    RUN(a_stack_overflow_is_a_page_fault);
    RUN(an_answer_changes_all_registers);
    RUN(single_steps);
    RUN(a_handler_sees_the_memory);
    RUN(a_pager);
    RUN(an_answer_without_resume_halts_the_thread);
    RUN(without_a_handler_the_process_ends);
    RUN(a_handler_that_goes_ends_the_process);
    RUN(a_thread_cannot_begin_in_the_kernel);
    finish();
}
