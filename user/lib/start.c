/*
 * The first instructions of a process and of a thread, and what a process was given.
 *
 * The kernel enters a thread with rdi = its argument, rsi = its message page, rdx = its number, and a stack that the
 * creator chose: the end of a block as thread.h describes it. The entry code notes page and number in the block, so
 * that message_page() works from the first C function on.
 */
#include "user/lib/start.h"
#include "user/lib/startup.h"
#include "user/lib/string.h"
#include "user/lib/thread.h"
#include <stdlib.h>

_Static_assert(STACK_SIZE == 0x10000 && offsetof(struct thread_block, message_page) == 0 &&
                   offsetof(struct thread_block, number) == 8,
               "the entry code below has these numbers");

/* Fills the thread block, then calls `function` with rdi as the kernel gave it. */
#define ENTRY(function)                                                                                                \
    __asm__("lea -1(%rsp), %rax\n\t" /* the stack pointer is the end of the block: one byte back is inside */          \
            "and $-0x10000, %rax\n\t"                                                                                  \
            "mov %rsi, (%rax)\n\t"                                                                                     \
            "mov %rdx, 8(%rax)\n\t"                                                                                    \
            "xor %ebp, %ebp\n\t" /* ends a debugger's walk up the stack */                                             \
            "call " #function "\n\t"                                                                                   \
            "ud2")

__attribute__((naked)) void _start(void)
{
    ENTRY(start_process);
}

__attribute__((naked)) void thread_entry(void)
{
    ENTRY(start_thread);
}

static const struct bootinfo *boot_block;
static const struct startup *start_block;

const struct startup *startup(void)
{
    return start_block;
}

const struct bootinfo *bootinfo(void)
{
    return boot_block;
}

handle_t startup_capability(const char *name)
{
    for (unsigned i = 0; start_block && i < start_block->capability_count && i < STARTUP_CAPABILITIES; i++) {
        const struct startup_capability *given = &start_block->capabilities[i];
        if (strncmp(given->name, name, sizeof(given->name)) == 0)
            return given->handle;
    }
    return 0;
}

const char *program_name(void)
{
    if (boot_block)
        return "init";
    if (start_block->argument_count == 0)
        return "program";
    const char *called = start_block->arguments[0], *slash = strrchr(called, '/');
    return slash ? slash + 1 : called;
}

_Noreturn void start_process(const void *block)
{
    if (*(const unsigned *)block == BOOTINFO_MAGIC) {
        boot_block = block;
        exit(main(0, 0));
    }
    start_block = block;
    exit(main((int)start_block->argument_count, start_block->arguments));
}

_Noreturn void start_thread(struct thread_start *start)
{
    start->run(start->argument);
    sys_thread_exit();
}
