/* Bitmaps: bit n of the map is bit n % 8 of byte n / 8. */
#pragma once
#include <stdbool.h>
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

/* The first clear bit in [from, to), or `to`. Full bytes are skipped at once. */
static inline uint32_t bitmap_find_clear(const uint8_t *map, uint32_t from, uint32_t to)
{
    while (from < to) {
        if (from % 8 == 0 && map[from / 8] == 0xff)
            from += 8;
        else if (bitmap_test(map, from))
            from++;
        else
            return from;
    }
    return to;
}
