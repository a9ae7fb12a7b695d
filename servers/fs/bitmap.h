/* Bitmaps: bit n of the map is bit n % 8 of byte n / 8. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool bitmap_test(const uint8_t *map, uint32_t bit)
{
    return map[bit / 8] >> bit % 8 & 1;
}

static inline void bitmap_set(uint8_t *map, uint32_t bit)
{
    map[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static inline void bitmap_clear(uint8_t *map, uint32_t bit)
{
    map[bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

/* The first bit in [from, to) that is clear in the map and in `other` (or NULL), or `to`. Full bytes are skipped at
 * once.
 */
static inline uint32_t bitmap_find_clear(const uint8_t *map, const uint8_t *other, uint32_t from, uint32_t to)
{
    while (from < to) {
        uint8_t taken = (uint8_t)(map[from / 8] | (other != NULL ? other[from / 8] : 0));
        if (from % 8 == 0 && taken == 0xff)
            from += 8;
        else if (taken >> from % 8 & 1)
            from++;
        else
            return from;
    }
    return to;
}

/* How many of the first `count` bits are set in the map and clear in `other`. Full bytes are skipped at once. */
static inline uint32_t bitmap_count_only(const uint8_t *map, const uint8_t *other, uint32_t count)
{
    uint32_t found = 0, bit = 0;
    while (bit < count) {
        uint8_t only = (uint8_t)(map[bit / 8] & ~other[bit / 8]);
        if (bit % 8 == 0 && only == 0)
            bit += 8;
        else
            found += only >> bit++ % 8 & 1;
    }
    return found;
}
