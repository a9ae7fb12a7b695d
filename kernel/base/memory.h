/*
 * Copying and clearing kernel memory with the string instructions: what `rep` does best, and short to read.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void memory_fill(uint64_t *to, uint64_t word, size_t words)
{
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(word) : "memory");
}

static inline void *memory_zero(void *to, size_t bytes) /* bytes: a multiple of 8 */
{
    memory_fill(to, 0, bytes / 8);
    return to;
}

static inline void memory_copy(void *to, const void *from, size_t bytes)
{
    size_t words = bytes / 8, rest = bytes % 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
    if (rest)
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest)::"memory");
}

/* How many of the `count` words from there on are zero before the first that is not. */
static inline unsigned memory_zeroes(const uint64_t *words, unsigned count)
{
    uint64_t left = count;
    bool other = false;

    if (count)
        __asm__ volatile("repe scasq" : "+D"(words), "+c"(left), "=@ccne"(other) : "a"(0ul) : "memory");
    return count - (unsigned)left - other;
}
