/*
 * Sums that show that something changed: of bytes, and of sets of numbers.
 */
#pragma once
#include <stdint.h>
#include <string.h>

/* `sum` with bytes added behind what it is of; it depends on their order. 11 instructions for 32 bytes. */
static inline uint64_t sum_bytes(uint64_t sum, const uint8_t *bytes, uint64_t length)
{
    uint64_t words[4];
    for (; length >= sizeof(words); bytes += sizeof(words), length -= sizeof(words)) {
        memcpy(words, bytes, sizeof(words));
        for (unsigned i = 0; i < 4; i++)
            sum = (sum << 1 | sum >> 63) + words[i];
    }
    for (; length > 0; length--)
        sum = (sum << 1 | sum >> 63) + *bytes++;
    return sum;
}

/* The hashes of a set's members, added up, stand for the set: two sets with the same sum are as unlikely as two equal
 * hashes. From Steele, Lea and Flood's SplitMix (OOPSLA 2014), without its last step. */
static inline uint64_t hash_number(uint32_t number)
{
    uint64_t hash = (number + 1ul) * 0x9e3779b97f4a7c15ul;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9ul;
    return hash ^ hash >> 27;
}
