/*
 * fault: does what a program must not do, to see what becomes of it.
 */
#include "user/lib/option.h"
#include <string.h>

static const char usage[] =
    "usage: fault null|divide|illegal|stack\n"
    "Ends with a fault: writes to address 0, divides by zero, executes an illegal instruction,\n"
    "or uses up its stack.\n";

/* Each call takes a page of the stack; the sum keeps the compiler from making a loop of it. */
__attribute__((noinline)) static unsigned use_stack(unsigned depth)
{
    volatile char page[4096];
    page[depth % sizeof(page)] = 1;
    return depth ? use_stack(depth - 1) + (unsigned)page[depth % sizeof(page)] : 0;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    const char *kind = options.operands[0] ? options.operands[0] : "";
    volatile int *volatile nowhere = 0;
    volatile int zero = 0;
    if (strcmp(kind, "null") == 0)
        *nowhere = 1;
    else if (strcmp(kind, "divide") == 0)
        return 100 / zero; /* 1 / x would be compiled without a division */
    else if (strcmp(kind, "illegal") == 0)
        __asm__ volatile("ud2");
    else if (strcmp(kind, "stack") == 0)
        return (int)use_stack(1000);
    option_misuse(&options);
}
