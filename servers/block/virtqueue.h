/*
 * A split virtqueue, the driver's side: three arrays in memory that the device shares. Pure but for that memory.
 *
 *     descriptors   pieces of memory, linked to chains: a request is one chain
 *     available     ring of chain heads that we hand over; its index counts up for ever, modulo 65,536
 *     used          ring of chain heads that the device hands back, the same way
 *
 * The device can write all of it and is not trusted: what we must know later is kept on our side (struct virtqueue),
 * and a head that comes back is checked against the chains under way.
 * Typical: virtqueue_init; virtqueue_prepare, virtqueue_publish ..., tell the device; after an interrupt virtqueue_take
 * until nothing comes.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define VIRTQUEUE_SIZE 128u /* the most descriptors used; a power of two */

struct virtqueue_descriptor {
    uint64_t address; /* physical */
    uint32_t length;
    uint16_t flags, next;
};

struct virtqueue_available {
    uint16_t flags, index;
    uint16_t heads[VIRTQUEUE_SIZE];
};

struct virtqueue_used {
    uint16_t flags, index;
    struct {
        uint32_t head, length;
    } chains[VIRTQUEUE_SIZE];
};

/* The memory shared with the device; zeroed or not. */
struct virtqueue_memory {
    struct virtqueue_descriptor *descriptors; /* VIRTQUEUE_SIZE of them, aligned to 16 */
    struct virtqueue_available *available;
    struct virtqueue_used *used;
};

/* A piece of a request, in the order the device reads or writes them; those it writes come last. */
struct virtqueue_segment {
    uint64_t address; /* physical */
    uint32_t length;
    bool device_writes;
};

struct virtqueue {
    struct virtqueue_memory memory;
    unsigned size;                    /* descriptors in use, a power of two, at most VIRTQUEUE_SIZE */
    uint16_t added, taken;            /* the indices of the two rings, our own copies */
    unsigned free_count;              /* descriptors that belong to no chain: */
    uint16_t free[VIRTQUEUE_SIZE];    /* a stack of them */
    uint16_t next[VIRTQUEUE_SIZE];    /* links of the chains, our own copies */
    uint16_t length[VIRTQUEUE_SIZE];  /* by head: descriptors in its chain, 0: no chain under way begins here */
    unsigned cookies[VIRTQUEUE_SIZE]; /* by head: the caller's */
};

/* Starts empty, with `size` descriptors; the device must not be using the memory. */
void virtqueue_init(struct virtqueue *queue, struct virtqueue_memory memory, unsigned size);

/* Makes a chain, of which the device does not know yet; returns its head. Needs 1 <= count <= queue->free_count. */
uint16_t virtqueue_prepare(struct virtqueue *queue, const struct virtqueue_segment *segments, unsigned count,
                           unsigned cookie);

/* What the device will read there: `count` segments. False if the chain is not that long, or not what we know of it. */
bool virtqueue_read(const struct virtqueue *queue, uint16_t head, struct virtqueue_segment *segments, unsigned count);

/* Hands it over to the device. */
void virtqueue_publish(struct virtqueue *queue, uint16_t head);

enum virtqueue_result { VIRTQUEUE_EMPTY, VIRTQUEUE_TAKEN, VIRTQUEUE_BROKEN };

/*
 * Takes back the next chain that the device is done with; stores the cookie it was made with. BROKEN: the ring
 * contradicts what is under way; the device must be reset before anything else.
 */
enum virtqueue_result virtqueue_take(struct virtqueue *queue, unsigned *cookie);
