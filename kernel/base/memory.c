/*
 * The three functions that the compiler may call on its own.
 */
#include "kernel/base/memory.h"

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    memory_copy(to, from, bytes);
    return to;
}

void *memset(void *to, int byte, size_t bytes)
{
    void *start = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(byte) : "memory");
    return start;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    char *target = to;
    const char *source = from;

    if (target <= source || target >= source + bytes)
        return memcpy(to, from, bytes);
    while (bytes--)
        target[bytes] = source[bytes];
    return to;
}
