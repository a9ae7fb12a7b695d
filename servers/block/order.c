#include "servers/block/order.h"
#include "servers/proto/block.h"

uint64_t order_seal(enum transfer_kind kind, uint64_t sector, uint64_t physical, uint32_t length)
{
    return block_sum(block_sum(block_sum(block_sum(0, kind), sector), physical), length);
}

bool order_is_meant(uint32_t kind, uint64_t sector, const struct virtqueue_segment *data,
                    const struct transfer_piece *pieces, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (order_seal(kind, sector, data[i].address, data[i].length) != pieces[i].seal ||
            data[i].device_writes != (kind == TRANSFER_READ))
            return false;
        sector += data[i].length / BLOCK_SECTOR;
    }
    return (kind == TRANSFER_FLUSH) == (count == 0);
}

static bool contains(struct memory_range range, const struct virtqueue_segment *segment)
{
    uint64_t offset = segment->address - range.physical;
    return offset <= range.bytes && segment->length <= range.bytes - offset;
}

bool order_is_harmless(uint64_t sector, uint64_t sectors, const struct virtqueue_segment *data, unsigned count,
                       struct memory_range clients, struct memory_range bounce)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        if (!contains(clients, &data[i]) && !contains(bounce, &data[i]))
            return false;
        bytes += data[i].length;
    }
    return sector <= sectors && bytes / BLOCK_SECTOR <= sectors - sector;
}
