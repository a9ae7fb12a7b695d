/*
 * A bounded first-in first-out queue of 16-bit cells: a byte, or a byte with a mark above it.
 *
 * The owner asks for room before it puts and for the count before it looks; nothing here fails or overwrites. Pure.
 */
#pragma once
#include <stdint.h>

#define RING_SIZE 16384u /* cells; a power of two */

struct ring {
    uint16_t cells[RING_SIZE];
    uint64_t put, taken; /* cells since the start; put - taken are in the ring */
};

static inline unsigned ring_count(const struct ring *ring)
{
    return (unsigned)(ring->put - ring->taken);
}

static inline unsigned ring_room(const struct ring *ring)
{
    return RING_SIZE - ring_count(ring);
}

/* Needs room for one cell. */
static inline void ring_put(struct ring *ring, uint16_t cell)
{
    ring->cells[ring->put++ % RING_SIZE] = cell;
}

/* The index-th oldest cell; index < ring_count(). */
static inline uint16_t ring_peek(const struct ring *ring, unsigned index)
{
    return ring->cells[(ring->taken + index) % RING_SIZE];
}

/* Removes the oldest `count` cells; count <= ring_count(). */
static inline void ring_drop(struct ring *ring, unsigned count)
{
    ring->taken += count;
}

/* Removes all cells; the counters go on. */
static inline void ring_clear(struct ring *ring)
{
    ring->taken = ring->put;
}
