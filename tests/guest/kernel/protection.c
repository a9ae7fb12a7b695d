/*
 * What user code must not be able to do: privileged instructions, the kernel's memory, addresses that are none, running
 * what is writable. Each attempt is an exception of the one who made it, and nothing else.
 */
#include "tests/guest/harness/patient.h"
#include "user/lib/memory.h"
#include <string.h>

enum { ERROR_GATE = 2 }; /* the exception came from a gate of the interrupt table; its number is in bits 3 and up */

/* ---- instructions that must not work ---- */

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

/* Each instruction in turn by the same patient: it faults as it should, at the right place, and nothing else happens.
 */
static void privileged_instructions_only_fault(void)
{
    patient_start();
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
    void (*const code[])(void) = {divide,     port_string,      read_msr,        write_msr,
                                  far_kernel, return_to_kernel, extended_control};
    static const unsigned vectors[] = {DIVIDE, PROTECTION, PROTECTION, PROTECTION, 0, 0, INVALID};
    enum { FAR_RETURN = 4, INTERRUPT_RETURN = 5 };
    uint64_t stack;
    patient_start();
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
    patient_start();
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
    patient_start();
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
    patient_start();
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
    patient_start();
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
    patient_start();
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
    patient_start();
    EQUAL(sys_map(SELF, memory, page, 0, 1, RIGHT_READ | RIGHT_WRITE), OK);
    memset(page, 0x90, PAGE_SIZE);    /* nop */
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
    patient_start();
    go_on(recurse, 0);
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
    EQUAL(fault.words[FAULT_ADDRESS], STACKS_BASE - 8);
}

/* A new thread cannot begin in the kernel, nor with the kernel's stack; at a place that is not there, it faults. */
static void a_thread_cannot_begin_in_the_kernel(void)
{
    handle_t thread;
    patient_start();
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
    RUN(a_thread_cannot_begin_in_the_kernel);
    finish();
}
