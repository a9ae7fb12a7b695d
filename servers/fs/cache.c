/* The block cache; cache.h says how it is used. */
#include "cache.h"
#include "disk.h"
#include "servers/proto/error.h"
#include <stdlib.h>
#include <string.h>

static struct {
    struct buffer *buffers; /* count of them; buffer n's data is the n-th block of the memory */
    unsigned count;
    unsigned hand;         /* the buffer that the clock looks at next */
    unsigned dirty;        /* buffers with BUFFER_DIRTY */
    struct buffer **table; /* heads of the hash chains, mask + 1 of them */
    unsigned mask;
    uint32_t block_size;
    uint32_t largest_piece;
    bool unflushed; /* something was written since the last flush */
} cache;

/* ---- requests to the disk: neighbours on the disk that are neighbours in memory become one piece ---- */

typedef int transfer_function(const struct disk_piece *pieces, unsigned count);

struct batch {
    transfer_function *transfer;
    unsigned count;
    struct disk_piece pieces[DISK_PIECES];
};

static int batch_run(struct batch *batch)
{
    int status = batch->count > 0 ? batch->transfer(batch->pieces, batch->count) : OK;
    batch->count = 0;
    return status;
}

static bool batch_extend(struct batch *batch, uint64_t sector, const struct buffer *buffer)
{
    if (batch->count == 0)
        return false;
    struct disk_piece *last = &batch->pieces[batch->count - 1];
    if (last->sector + last->length / DISK_SECTOR != sector || (uint8_t *)last->memory + last->length != buffer->data)
        return false;
    if (last->length + cache.block_size > cache.largest_piece)
        return false;
    last->length += cache.block_size;
    return true;
}

/* Adds a buffer; runs the request first if it is full. */
static int batch_add(struct batch *batch, const struct buffer *buffer)
{
    uint64_t sector = (uint64_t)buffer->block * (cache.block_size / DISK_SECTOR);
    if (batch_extend(batch, sector, buffer))
        return OK;
    int status = batch->count == DISK_PIECES ? batch_run(batch) : OK;
    batch->pieces[batch->count++] =
        (struct disk_piece){.sector = sector, .memory = buffer->data, .length = cache.block_size};
    return status;
}

/* ---- the hash table ---- */

static struct buffer **chain_of(uint32_t block)
{
    return &cache.table[(block * 2654435761u >> 7) & cache.mask];
}

static struct buffer *find(uint32_t block)
{
    struct buffer *buffer = *chain_of(block);
    while (buffer != NULL && buffer->block != block)
        buffer = buffer->next;
    return buffer;
}

static void hash(struct buffer *buffer, uint32_t block)
{
    struct buffer **chain = chain_of(block);
    buffer->block = block;
    buffer->flags = BUFFER_HASHED;
    buffer->next = *chain;
    *chain = buffer;
}

static void unhash(struct buffer *buffer)
{
    if (!(buffer->flags & BUFFER_HASHED))
        return;
    struct buffer **link = chain_of(buffer->block);
    while (*link != buffer)
        link = &(*link)->next;
    *link = buffer->next;
    buffer->flags = 0;
}

/* ---- writing back ---- */

static void mark_clean(struct buffer *buffer)
{
    if (buffer->flags & BUFFER_DIRTY)
        cache.dirty--;
    buffer->flags &= (uint16_t) ~(BUFFER_DIRTY | BUFFER_METADATA);
}

/*
 * Writes what is dirty, in the order of memory: files written in one go are in disk order there. In the middle of an
 * operation, pinned buffers are left out: whoever holds one has perhaps said that it is modified, and is about to do
 * it.
 */
static int write_back(bool with_pinned)
{
    unsigned pins = with_pinned ? UINT16_MAX : 0;
    struct batch batch = {.transfer = disk_write};
    int status = OK;
    for (unsigned i = 0; i < cache.count && status == OK; i++)
        if (cache.buffers[i].flags & BUFFER_DIRTY && cache.buffers[i].pins <= pins)
            status = batch_add(&batch, &cache.buffers[i]);
    if (status == OK)
        status = batch_run(&batch);
    if (status != OK)
        return status;
    for (unsigned i = 0; i < cache.count; i++)
        if (cache.buffers[i].pins <= pins)
            mark_clean(&cache.buffers[i]);
    cache.unflushed = true;
    return OK;
}

int cache_throttle(void)
{
    return cache.dirty > cache.count / 2 ? write_back(false) : OK;
}

int cache_sync(void)
{
    int status = cache.dirty > 0 ? write_back(true) : OK;
    if (status == OK && cache.unflushed) {
        status = disk_flush();
        cache.unflushed = status != OK;
    }
    return status;
}

/* ---- getting buffers ---- */

/* Finds a buffer to reuse, and takes it out of the table. Twice round is enough: the first clears all USED flags. */
static int evict(struct buffer **result)
{
    for (unsigned step = 0; step < 2 * cache.count; step++) {
        struct buffer *buffer = &cache.buffers[cache.hand];
        cache.hand = (cache.hand + 1) % cache.count;
        if (buffer->pins > 0)
            continue;
        if (buffer->flags & BUFFER_USED) {
            buffer->flags &= (uint16_t)~BUFFER_USED;
            continue;
        }
        int status = buffer->flags & BUFFER_DIRTY ? write_back(false) : OK;
        if (status != OK)
            return status;
        unhash(buffer);
        *result = buffer;
        return OK;
    }
    return ERROR_NO_MEMORY;
}

struct buffer *cache_find(uint32_t block)
{
    struct buffer *buffer = find(block);
    if (buffer != NULL) {
        buffer->flags |= BUFFER_USED;
        buffer->pins++;
    }
    return buffer;
}

/* Pins a buffer for a block that is not in memory; the contents are still to come. */
static int claim(uint32_t block, struct buffer **result)
{
    int status = evict(result);
    if (status != OK)
        return status;
    hash(*result, block);
    (*result)->pins++;
    return OK;
}

static int load(uint32_t block, struct buffer **result)
{
    struct batch batch = {.transfer = disk_read};
    int status = claim(block, result);
    if (status != OK)
        return status;
    batch_add(&batch, *result);
    status = batch_run(&batch);
    if (status != OK) {
        cache_put(*result);
        unhash(*result);
    }
    return status;
}

int cache_get(uint32_t block, struct buffer **result)
{
    *result = cache_find(block);
    return *result != NULL ? OK : load(block, result);
}

int cache_get_new(uint32_t block, struct buffer **result)
{
    *result = cache_find(block);
    int status = *result != NULL ? OK : claim(block, result);
    if (status == OK)
        memset((*result)->data, 0, cache.block_size);
    return status;
}

void cache_put(struct buffer *buffer)
{
    buffer->pins--;
}

static void modify(struct buffer *buffer, uint16_t kind)
{
    if (!(buffer->flags & BUFFER_DIRTY))
        cache.dirty++;
    buffer->flags = (uint16_t)((buffer->flags & ~BUFFER_METADATA) | BUFFER_DIRTY | kind);
}

void cache_modify(struct buffer *buffer)
{
    modify(buffer, BUFFER_METADATA);
}

void cache_modify_data(struct buffer *buffer)
{
    modify(buffer, 0);
}

bool cache_has(uint32_t block)
{
    return find(block) != NULL;
}

void cache_forget(uint32_t block)
{
    struct buffer *buffer = find(block);
    if (buffer != NULL)
        mark_clean(buffer);
}

void cache_load(const uint32_t *blocks, unsigned count)
{
    struct batch batch = {.transfer = disk_read};
    struct buffer *loaded[CACHE_RUN];
    unsigned loads = 0;
    int status = OK;
    for (unsigned i = 0; i < count && status == OK; i++) {
        if (cache_has(blocks[i]) || claim(blocks[i], &loaded[loads]) != OK)
            continue;
        status = batch_add(&batch, loaded[loads++]);
    }
    if (status == OK)
        status = batch_run(&batch);
    while (loads > 0) {
        cache_put(loaded[--loads]);
        if (status != OK)
            unhash(loaded[loads]);
    }
}

int cache_start(void *memory, size_t bytes, uint32_t block_size, uint32_t largest_piece)
{
    size_t count = bytes / block_size;
    unsigned heads = 1;
    while (heads < count)
        heads *= 2;
    free(cache.buffers);
    free(cache.table);
    cache.count = 0;
    cache.buffers = calloc(count, sizeof(struct buffer));
    cache.table = calloc(heads, sizeof(struct buffer *));
    if (count < CACHE_SMALLEST || cache.buffers == NULL || cache.table == NULL)
        return ERROR_NO_MEMORY;
    cache.count = (unsigned)count;
    cache.mask = heads - 1;
    cache.hand = cache.dirty = 0;
    cache.unflushed = false;
    cache.block_size = block_size;
    cache.largest_piece = largest_piece;
    for (size_t i = 0; i < count; i++)
        cache.buffers[i].data = (uint8_t *)memory + i * block_size;
    return OK;
}
