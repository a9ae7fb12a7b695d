/* Requests of many blocks; batch.h says how they are put together. */
#include "batch.h"
#include "servers/proto/error.h"
#include "sum.h"

static uint32_t size, largest;
static bool unflushed;   /* something was written since the last flush */
static uint64_t written; /* see batch_written() */

void batch_setup(uint32_t block_size, uint32_t largest_piece)
{
    size = block_size;
    largest = largest_piece;
    unflushed = true; /* by a predecessor, perhaps */
}

static void note_written(const struct disk_piece *piece)
{
    uint64_t block = piece->sector / (size / DISK_SECTOR);
    for (uint32_t done = 0; done < piece->length; done += size)
        written += hash_number((uint32_t)block++);
}

int batch_run(struct batch *batch)
{
    int status = batch->count > 0 ? batch->transfer(batch->pieces, batch->count) : OK;
    if (batch->count > 0 && batch->transfer == disk_write)
        unflushed = true;
    for (unsigned i = 0; status == OK && batch->transfer == disk_write && i < batch->count; i++)
        note_written(&batch->pieces[i]);
    batch->count = 0;
    return status;
}

uint64_t batch_written(void)
{
    return written;
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
