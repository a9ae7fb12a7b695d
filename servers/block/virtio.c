#include "servers/block/virtio.h"
#include "servers/block/registers.h"
#include "servers/proto/error.h"
#include "user/lib/heartbeat.h"
#include "user/lib/time.h"

#define LEAST_QUEUE_SIZE 4 /* descriptors: room for a transfer of one piece */
#define RESET_PATIENCE   (5 * SECOND)
#define READ_ATTEMPTS    16 /* of a number that the device may change meanwhile */

/* The device may not touch memory any more once it reads back the reset. */
static bool reset(struct virtio *virtio)
{
    uint64_t deadline = clock_nanoseconds() + RESET_PATIENCE;
    virtio->registers->status = VIRTIO_RESET;
    while (virtio->registers->status != VIRTIO_RESET) {
        if (clock_nanoseconds() > deadline)
            return false;
        heartbeat();
        sys_yield();
    }
    return true;
}

static void add_status(struct virtio *virtio, enum virtio_status status)
{
    virtio->registers->status = virtio->registers->status | (uint8_t)status;
}

static uint32_t offered_features(struct virtio *virtio, unsigned word)
{
    virtio->registers->device_feature_select = word;
    return virtio->registers->device_feature;
}

static void accept_features(struct virtio *virtio, unsigned word, uint32_t features)
{
    virtio->registers->driver_feature_select = word;
    virtio->registers->driver_feature = features;
}

static bool negotiate(struct virtio *virtio)
{
    uint32_t low = offered_features(virtio, 0) & (FEATURE_READ_ONLY | FEATURE_FLUSH);
    uint32_t high = offered_features(virtio, 1) & FEATURE_MODERN;
    accept_features(virtio, 0, low);
    accept_features(virtio, 1, high);
    add_status(virtio, VIRTIO_FEATURES);
    virtio->read_only = low & FEATURE_READ_ONLY;
    virtio->can_flush = low & FEATURE_FLUSH;
    return high && virtio->registers->status & VIRTIO_FEATURES;
}

/* Both halves of one value: read between two equal generations. */
static bool read_capacity(struct virtio *virtio)
{
    for (unsigned i = 0; i < READ_ATTEMPTS; i++) {
        uint8_t before = virtio->registers->generation;
        uint32_t low = virtio->configuration->capacity[0], high = virtio->configuration->capacity[1];
        virtio->sectors = (uint64_t)high << 32 | low;
        if (virtio->registers->generation == before)
            return true;
    }
    return false;
}

static void set_address(volatile uint32_t place[2], uint64_t physical)
{
    place[0] = (uint32_t)physical;
    place[1] = (uint32_t)(physical >> 32);
}

/* The size to use: what the device offers, rounded down to a power of two, at most ours; 0 if that is too small. */
static unsigned queue_size(unsigned offered)
{
    unsigned size = VIRTQUEUE_SIZE;
    while (size > offered)
        size /= 2;
    return size >= LEAST_QUEUE_SIZE ? size : 0;
}

static bool start_queue(struct virtio *virtio, struct virtqueue_memory memory, const uint64_t physical[3])
{
    volatile struct virtio_registers *registers = virtio->registers;
    registers->configuration_vector = VIRTIO_NO_VECTOR;
    registers->queue_select = 0;
    unsigned size = queue_size(registers->queue_size);
    uint64_t notify = (uint64_t)registers->queue_notify_offset * virtio->notify_multiplier;
    if (size == 0 || notify % 2 != 0 || notify + sizeof(uint16_t) > virtio->notifications_size)
        return false;
    virtio->notify = (volatile uint16_t *)(virtio->notifications + notify);
    virtqueue_init(&virtio->queue, memory, size);
    registers->queue_size = (uint16_t)size;
    registers->queue_vector = 0;
    if (registers->queue_vector != 0)
        return false; /* the device has no room for the vector */
    set_address(registers->queue_descriptors, physical[0]);
    set_address(registers->queue_available, physical[1]);
    set_address(registers->queue_used, physical[2]);
    registers->queue_enable = 1;
    return true;
}

int virtio_start(struct virtio *virtio, struct virtqueue_memory memory, const uint64_t physical[3])
{
    if (!virtio->registers || !reset(virtio))
        return ERROR_NO_DEVICE;
    add_status(virtio, VIRTIO_ACKNOWLEDGED);
    add_status(virtio, VIRTIO_DRIVER);
    if (!negotiate(virtio) || !read_capacity(virtio) || !start_queue(virtio, memory, physical))
        return ERROR_NO_DEVICE;
    add_status(virtio, VIRTIO_RUNNING);
    return OK;
}

void virtio_notify(struct virtio *virtio)
{
    /* pairs with the device's own barrier between the notification and its load of the available index */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *virtio->notify = 0;
}

bool virtio_needs_reset(struct virtio *virtio)
{
    return virtio->registers->status & VIRTIO_NEEDS_RESET;
}
