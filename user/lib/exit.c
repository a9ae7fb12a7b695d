/*
 * The end of a program.
 */
#include "user/lib/exit.h"
#include "user/lib/syscall.h"
#include <stdlib.h>

#define EXIT_FUNCTIONS 16
static void (*functions[EXIT_FUNCTIONS])(void);
static unsigned function_count;

int (*exit_flush)(void);

int atexit(void (*function)(void))
{
    if (function_count == EXIT_FUNCTIONS)
        return -1;
    functions[function_count++] = function;
    return 0;
}

_Noreturn void exit(int status)
{
    while (function_count > 0)
        functions[--function_count]();
    if (exit_flush && exit_flush() != OK && status == EXIT_SUCCESS)
        status = EXIT_FAILURE;
    sys_process_exit((uint64_t)status & 0xff);
}

_Noreturn void abort(void)
{
    __asm__ volatile("ud2");
    __builtin_unreachable();
}
