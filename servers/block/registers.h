/*
 * The registers of a virtio device over PCI, as the virtio 1.1 specification lays them out (little-endian).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct virtio_registers {
    uint32_t device_feature_select, device_feature;
    uint32_t driver_feature_select, driver_feature;
    uint16_t configuration_vector, queues;
    uint8_t status, generation;
    uint16_t queue_select, queue_size, queue_vector, queue_enable, queue_notify_offset;
    uint32_t queue_descriptors[2], queue_available[2], queue_used[2]; /* low, high */
};
_Static_assert(offsetof(struct virtio_registers, queue_descriptors) == 32, "layout of the specification");

struct virtio_configuration {
    uint32_t capacity[2]; /* sectors: low, high */
};

#define VIRTIO_NO_VECTOR 0xffff

enum virtio_status {
    VIRTIO_RESET = 0,
    VIRTIO_ACKNOWLEDGED = 1,
    VIRTIO_DRIVER = 2,
    VIRTIO_RUNNING = 4,
    VIRTIO_FEATURES = 8,
    VIRTIO_NEEDS_RESET = 64,
};

/* Bits of the first and of the second feature word. */
#define FEATURE_READ_ONLY (1u << 5)
#define FEATURE_FLUSH     (1u << 9)
#define FEATURE_MODERN    (1u << 0)

/* The vendor-specific PCI capability that says where a group of registers lies, as double words. */
enum { PLACE_HEAD = 0, PLACE_BAR = 1, PLACE_OFFSET = 2, PLACE_LENGTH = 3, PLACE_MULTIPLIER = 4 };
enum { KIND_COMMON = 1, KIND_NOTIFY = 2, KIND_DEVICE = 4 }; /* in bits 24..31 of PLACE_HEAD */
