/*
 * What the device is ordered to do, checked when it has been told everything but to begin.
 *
 * The device writes wherever it is told to, past all page tables: a damaged server could lead it over anybody's memory,
 * and over the wrong part of the disk. So each piece of what a client asks for gets a checksum, its seal, made from the
 * client's message, and what the device would read must have the same. Pure.
 */
#pragma once
#include "servers/block/virtqueue.h"
#include <stdbool.h>
#include <stdint.h>

/* What the device is asked to do, in its own numbers. */
enum transfer_kind { TRANSFER_READ = 0, TRANSFER_WRITE = 1, TRANSFER_FLUSH = 4 };

struct transfer_piece {
    uint64_t physical;
    uint32_t length; /* bytes */
    uint64_t seal;
};

struct memory_range {
    uint64_t physical, bytes;
};

/* The seal of a piece; `sector` is the piece's own. */
uint64_t order_seal(enum transfer_kind kind, uint64_t sector, uint64_t physical, uint32_t length);

/* Is it what was asked for? `data`: the segments between header and status, one for each piece. */
bool order_is_meant(uint32_t kind, uint64_t sector, const struct virtqueue_segment *data,
                    const struct transfer_piece *pieces, unsigned count);

/* Does it stay on a disk of so many sectors, and in one of these memories? */
bool order_is_harmless(uint64_t sector, uint64_t sectors, const struct virtqueue_segment *data, unsigned count,
                       struct memory_range clients, struct memory_range bounce);
