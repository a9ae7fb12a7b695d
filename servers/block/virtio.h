/*
 * The modern virtio-blk device: where its registers are, and how it is brought up.
 *
 * Life: virtio_find once (through the PCI server), then virtio_start, and virtio_start again whenever the device must
 * be reset. A start begins with the reset, and only when the device confirms it is the shared memory touched: a device
 * that a dead predecessor left running cannot write into it any more.
 */
#pragma once
#include "servers/block/virtqueue.h"
#include "user/lib/syscall.h"

struct virtio_registers;
struct virtio_configuration;

struct virtio {
    volatile struct virtio_registers *registers;         /* 0: there is no device */
    volatile struct virtio_configuration *configuration; /* of the disk */
    volatile uint8_t *notifications;                     /* where to write that chains were added */
    uint64_t notifications_size;                         /* bytes there */
    uint32_t notify_multiplier;                          /* bytes from one queue's place to the next's */
    volatile uint16_t *notify;                           /* our queue's place */
    handle_t irq;                                        /* of vector 0, bound by the caller */

    uint64_t sectors; /* of 512 bytes; valid after virtio_start */
    bool read_only, can_flush;
    struct virtqueue queue;
};

/* Finds the first disk and maps its registers. OK; ERROR_NO_DEVICE if there is none that we can drive. */
int virtio_find(struct virtio *virtio, handle_t pci);

/*
 * Resets the device and brings it up with an empty queue in `memory`, whose parts have the physical addresses
 * `physical[0..2]`: descriptors, available, used. OK; ERROR_NO_DEVICE if the device refuses.
 */
int virtio_start(struct virtio *virtio, struct virtqueue_memory memory, const uint64_t physical[3]);

/* Tells the device that chains were added. */
void virtio_notify(struct virtio *virtio);

/* Does the device say that it cannot go on without a reset? */
bool virtio_needs_reset(struct virtio *virtio);
