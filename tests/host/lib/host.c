/*
 * The host's side of the tests: compiled with the host's headers.
 */
#include "tests/host/lib/host.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int host_format(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

void *host_pages(size_t pages)
{
    void *address = mmap(0, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return address == MAP_FAILED ? 0 : address;
}

void host_release(void *address, size_t pages)
{
    munmap(address, pages * 4096);
}

_Noreturn void host_fail(const char *text)
{
    fputs(text, stderr);
    abort();
}

void host_print(const char *text, size_t length)
{
    fwrite(text, 1, length, stdout);
}
