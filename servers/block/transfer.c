#include "servers/block/transfer.h"
#include "servers/block/order.h"
#include "servers/proto/error.h"
#include "user/lib/fail_stop.h"
#include "user/lib/memory.h"
#include <stddef.h>

#define DMA_PAGES   16ul
#define IRQ_SIGNAL  1
#define STATUS_NONE 0xff /* not yet written by the device */

/* How the device says that a transfer ended. */
enum { STATUS_GOOD = 0, STATUS_FAILED = 1, STATUS_UNSUPPORTED = 2 };

/* What the device reads before, and writes after, the data of a transfer. */
struct frame {
    uint32_t kind, reserved;
    uint64_t sector;
    uint8_t status;
    uint8_t padding[15];
};
#define HEADER_SIZE offsetof(struct frame, status)

/* The shared memory. */
struct area {
    struct virtqueue_descriptor descriptors[VIRTQUEUE_SIZE];
    struct virtqueue_available available;
    uint8_t
        padding[PAGE_SIZE - VIRTQUEUE_SIZE * sizeof(struct virtqueue_descriptor) - sizeof(struct virtqueue_available)];
    struct virtqueue_used used __attribute__((aligned(PAGE_SIZE)));
    struct frame frames[TRANSFERS] __attribute__((aligned(PAGE_SIZE)));
    uint8_t bounce[BOUNCE_SIZE] __attribute__((aligned(PAGE_SIZE)));
};
_Static_assert(sizeof(struct area) <= DMA_PAGES * PAGE_SIZE, "the DMA Memory of the manifest is large enough");

static struct virtio device;
static struct area *area;
static uint64_t physical; /* of the area */
static bool started;      /* transfers that the device does not know of yet */
static unsigned under_way;
static struct memory_range allowed; /* the clients' memory */
static struct {
    bool used;
    unsigned cookie;
} transfers[TRANSFERS];

int transfer_open(handle_t pci, handle_t dma, handle_t notification)
{
    uint64_t last;
    if (sys_memory_physical(dma, 0, &physical) != OK || sys_memory_physical(dma, DMA_PAGES - 1, &last) != OK ||
        last - physical != (DMA_PAGES - 1) * PAGE_SIZE)
        return ERROR_NO_MEMORY;
    area = pages_map(dma, DMA_PAGES, RIGHT_READ | RIGHT_WRITE);
    if (!area)
        return ERROR_NO_MEMORY;
    if (virtio_find(&device, pci) != OK || sys_irq_bind(device.irq, notification, IRQ_SIGNAL) != OK)
        return ERROR_NO_DEVICE;
    return transfer_reset();
}

int transfer_reset(void)
{
    const uint64_t parts[3] = {physical + offsetof(struct area, descriptors),
                               physical + offsetof(struct area, available), physical + offsetof(struct area, used)};
    started = false;
    under_way = 0;
    for (unsigned i = 0; i < TRANSFERS; i++)
        transfers[i].used = false;
    return virtio_start(&device, (struct virtqueue_memory){area->descriptors, &area->available, &area->used}, parts);
}

unsigned transfer_room(void)
{
    unsigned descriptors = device.queue.free_count;
    if (under_way == TRANSFERS || descriptors < 3)
        return 0;
    return descriptors - 2 < TRANSFER_PIECES ? descriptors - 2 : TRANSFER_PIECES;
}

void transfer_allow(uint64_t memory, uint64_t bytes)
{
    allowed = (struct memory_range){memory, bytes};
}

bool transfer_allows(uint64_t memory, uint64_t bytes)
{
    return allowed.physical == memory && allowed.bytes == bytes;
}

/* Needs under_way < TRANSFERS. */
static unsigned free_transfer(void)
{
    unsigned index = 0;
    while (transfers[index].used)
        index++;
    return index;
}

/* The frame at an address that the device is told; it belongs to no other transfer. */
static const struct frame *frame_at(uint64_t address)
{
    uint64_t offset = address - physical - offsetof(struct area, frames), index = offset / sizeof(struct frame);
    fail_stop_unless(index < TRANSFERS && offset % sizeof(struct frame) == 0 && !transfers[index].used);
    return &area->frames[index];
}

/* Looks at what the device will read, where it will read it, and nowhere else. */
static void check_order(uint16_t head, const struct transfer_piece *pieces, unsigned count)
{
    struct virtqueue_segment told[TRANSFER_PIECES + 2];
    const struct memory_range bounce = {transfer_bounce_physical(), BOUNCE_SIZE};
    fail_stop_unless(count <= TRANSFER_PIECES && virtqueue_read(&device.queue, head, told, count + 2));
    const struct virtqueue_segment *header = &told[0], *status = &told[count + 1];
    const struct frame *frame = frame_at(header->address);
    fail_stop_unless(header->length == HEADER_SIZE && !header->device_writes && status->length == 1 &&
                     status->address == header->address + HEADER_SIZE && status->device_writes);
    fail_stop_unless(order_is_meant(frame->kind, frame->sector, header + 1, pieces, count) &&
                     order_is_harmless(frame->sector, device.sectors, header + 1, count, allowed, bounce));
}

void transfer_start(enum transfer_kind kind, uint64_t sector, const struct transfer_piece *pieces, unsigned count,
                    unsigned cookie)
{
    unsigned index = free_transfer();
    struct virtqueue_segment segments[TRANSFER_PIECES + 2];
    uint64_t frame = physical + offsetof(struct area, frames) + index * sizeof(struct frame);
    area->frames[index] = (struct frame){.kind = kind, .sector = sector, .status = STATUS_NONE};
    segments[0] = (struct virtqueue_segment){frame, HEADER_SIZE, false};
    for (unsigned i = 0; i < count; i++)
        segments[i + 1] = (struct virtqueue_segment){pieces[i].physical, pieces[i].length, kind == TRANSFER_READ};
    segments[count + 1] = (struct virtqueue_segment){frame + HEADER_SIZE, 1, true};
    uint16_t head = virtqueue_prepare(&device.queue, segments, count + 2, index);
    check_order(head, pieces, count);
    virtqueue_publish(&device.queue, head);
    transfers[index].used = true;
    transfers[index].cookie = cookie;
    under_way++;
    started = true;
}

void transfer_notify(void)
{
    if (started)
        virtio_notify(&device);
    started = false;
}

enum virtqueue_result transfer_finish(unsigned *cookie, bool *succeeded)
{
    unsigned index;
    enum virtqueue_result result = virtqueue_take(&device.queue, &index);
    if (result != VIRTQUEUE_TAKEN)
        return result;
    fail_stop_unless(index < TRANSFERS && transfers[index].used);
    *cookie = transfers[index].cookie;
    uint8_t status = __atomic_load_n(&area->frames[index].status, __ATOMIC_RELAXED);
    fail_stop_unless(status <= STATUS_UNSUPPORTED);
    *succeeded = status == STATUS_GOOD;
    transfers[index].used = false;
    under_way--;
    return VIRTQUEUE_TAKEN;
}

unsigned transfer_count(void)
{
    return under_way;
}

struct virtio *transfer_device(void)
{
    return &device;
}

void *transfer_bounce(void)
{
    return area->bounce;
}

uint64_t transfer_bounce_physical(void)
{
    return physical + offsetof(struct area, bounce);
}
