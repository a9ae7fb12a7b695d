/*
 * Blocks of bytes. Copying uses the processor's string instructions: short, and the compiler cannot turn the loop
 * into a call of the very function it stands in.
 */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *target = to;
    size_t words = size / 8, rest = size % 8;
    __asm__ volatile("rep movsq" : "+D"(target), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(target), "+S"(from), "+c"(rest) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size) /* also when `to` lies below: the difference wraps */
        return memcpy(to, from, size);
    char *target = (char *)to + size - 1;
    const char *source = (const char *)from + size - 1;
    __asm__ volatile("std; rep movsb; cld" : "+D"(target), "+S"(source), "+c"(size) : : "memory");
    return to;
}

void *memset(void *block, int byte, size_t size)
{
    void *target = block;
    size_t words = size / 8, rest = size % 8;
    uint64_t pattern = (uint8_t)byte * 0x0101010101010101ul;
    __asm__ volatile("rep stosq" : "+D"(target), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(target), "+c"(rest) : "a"(pattern) : "memory");
    return block;
}

/* Eight bytes anywhere. */
struct word {
    uint64_t bytes;
} __attribute__((packed, may_alias));

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *l = left, *r = right;
    size_t i = 0;
    while (i + 8 <= size && ((const struct word *)(l + i))->bytes == ((const struct word *)(r + i))->bytes)
        i += 8;
    for (; i < size; i++)
        if (l[i] != r[i])
            return l[i] - r[i];
    return 0;
}

void *memchr(const void *block, int byte, size_t size)
{
    const unsigned char *bytes = block;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == (unsigned char)byte)
            return (void *)(bytes + i);
    return 0;
}
