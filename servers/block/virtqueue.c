#include "servers/block/virtqueue.h"

enum { DESCRIPTOR_NEXT = 1, DESCRIPTOR_DEVICE_WRITES = 2 };

void virtqueue_init(struct virtqueue *queue, struct virtqueue_memory memory, unsigned size)
{
    queue->memory = memory;
    queue->size = size;
    queue->added = queue->taken = 0;
    queue->free_count = size;
    for (unsigned i = 0; i < size; i++) {
        queue->free[i] = (uint16_t)(size - 1 - i);
        queue->length[i] = 0;
    }
    memory.available->flags = memory.available->index = 0;
    memory.used->flags = memory.used->index = 0;
}

uint16_t virtqueue_prepare(struct virtqueue *queue, const struct virtqueue_segment *segments, unsigned count,
                           unsigned cookie)
{
    uint16_t head = queue->free[queue->free_count - 1];
    queue->length[head] = (uint16_t)count;
    queue->cookies[head] = cookie;
    for (unsigned i = 0; i < count; i++) {
        uint16_t index = queue->free[--queue->free_count];
        bool last = i + 1 == count;
        queue->next[index] = last ? 0 : queue->free[queue->free_count - 1];
        queue->memory.descriptors[index] = (struct virtqueue_descriptor){
            .address = segments[i].address,
            .length = segments[i].length,
            .flags = (last ? 0 : DESCRIPTOR_NEXT) | (segments[i].device_writes ? DESCRIPTOR_DEVICE_WRITES : 0),
            .next = queue->next[index],
        };
    }
    return head;
}

bool virtqueue_read(const struct virtqueue *queue, uint16_t head, struct virtqueue_segment *segments, unsigned count)
{
    uint16_t index = head;
    for (unsigned i = 0; i < count; i++) {
        if (index >= queue->size)
            return false;
        const struct virtqueue_descriptor *descriptor = &queue->memory.descriptors[index];
        bool goes_on = descriptor->flags & DESCRIPTOR_NEXT, writes = descriptor->flags & DESCRIPTOR_DEVICE_WRITES;
        segments[i] = (struct virtqueue_segment){descriptor->address, descriptor->length, writes};
        if (goes_on != (i + 1 < count) || descriptor->next != queue->next[index])
            return false;
        index = descriptor->next;
    }
    return queue->length[head] == count;
}

void virtqueue_publish(struct virtqueue *queue, uint16_t head)
{
    struct virtqueue_available *available = queue->memory.available;
    available->heads[queue->added++ % queue->size] = head;
    /* pairs with the device's load of the index: whoever sees the new index sees the head and the chain */
    __atomic_store_n(&available->index, queue->added, __ATOMIC_RELEASE);
}

/* Returns the descriptors of a chain to the free ones. */
static void release(struct virtqueue *queue, uint16_t head)
{
    uint16_t index = head;
    for (unsigned i = 0; i < queue->length[head]; i++) {
        queue->free[queue->free_count++] = index;
        index = queue->next[index];
    }
    queue->length[head] = 0;
}

enum virtqueue_result virtqueue_take(struct virtqueue *queue, unsigned *cookie)
{
    const struct virtqueue_used *used = queue->memory.used;
    /* pairs with the device's store of the index: the entry, and what the device wrote before, are visible */
    uint16_t index = __atomic_load_n(&used->index, __ATOMIC_ACQUIRE);
    if (index == queue->taken)
        return VIRTQUEUE_EMPTY;
    if ((uint16_t)(index - queue->taken) > queue->size)
        return VIRTQUEUE_BROKEN;
    /* read once: the device could change it between the check and the use */
    uint32_t head = __atomic_load_n(&used->chains[queue->taken % queue->size].head, __ATOMIC_RELAXED);
    if (head >= queue->size || queue->length[head] == 0)
        return VIRTQUEUE_BROKEN;
    queue->taken++;
    *cookie = queue->cookies[head];
    release(queue, (uint16_t)head);
    return VIRTQUEUE_TAKEN;
}
