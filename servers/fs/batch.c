/* Requests of many blocks; batch.h says how they are put together. */
#include "batch.h"
#include "servers/proto/error.h"
#include "sum.h"

static uint32_t size, largest;
static bool unflushed; /* something was written since the last flush */

void batch_setup(uint32_t block_size, uint32_t largest_piece)
{
    size = block_size;
    largest = largest_piece;
    unflushed = true; /* by a predecessor, perhaps */
}

/* Has each of the piece's blocks looked at; what was looked at is sealed. */
static void check(struct batch *batch, struct disk_piece *piece)
{
    uint32_t first = (uint32_t)(piece->sector / (size / DISK_SECTOR)), block = first, done = 0;
    uint8_t *data = piece->memory;
    for (; done < piece->length; done += size, block++) {
        batch->check(block, data + done);
        batch->moved += hash_number(block);
    }
    piece->seal = disk_seal((uint64_t)first * (size / DISK_SECTOR), data, done);
}

int batch_run(struct batch *batch)
{
    if (batch->count == 0)
        return OK;
    for (unsigned i = 0; i < batch->count; i++)
        check(batch, &batch->pieces[i]);
    unflushed |= batch->transfer == disk_write;
    int status = batch->transfer(batch->pieces, batch->count);
    batch->count = 0;
    return status;
}

int batch_flush(void)
{
    int status = unflushed ? disk_flush() : OK;
    unflushed = unflushed && status != OK;
    return status;
}

static bool extend(struct batch *batch, uint64_t sector, const uint8_t *data)
{
    if (batch->count == 0)
        return false;
    struct disk_piece *last = &batch->pieces[batch->count - 1];
    if (last->sector + last->length / DISK_SECTOR != sector || (uint8_t *)last->memory + last->length != data)
        return false;
    if (last->length + size > largest)
        return false;
    last->length += size;
    return true;
}

int batch_add(struct batch *batch, uint32_t block, uint8_t *data)
{
    uint64_t sector = (uint64_t)block * (size / DISK_SECTOR);
    if (extend(batch, sector, data))
        return OK;
    int status = batch->count == DISK_PIECES ? batch_run(batch) : OK;
    batch->pieces[batch->count++] = (struct disk_piece){.sector = sector, .memory = data, .length = size};
    return status;
}
