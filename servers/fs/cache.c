/* The block cache; cache.h says how it is used. */
#include "cache.h"
#include "batch.h"
#include "change.h"
#include "disk.h"
#include "servers/proto/error.h"
#include "sum.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct {
    struct buffer *buffers; /* count of them; buffer n's data is the n-th block of the memory */
    unsigned count;
    unsigned hand;         /* the buffer that the clock looks at next */
    unsigned dirty;        /* buffers with BUFFER_DIRTY */
    struct buffer **table; /* heads of the hash chains, mask + 1 of them */
    unsigned mask;
    unsigned running; /* buffers with BUFFER_RUNNING */
    bool doubts;
    uint32_t block_size;
    uint8_t *memory; /* of all buffers' data */
} cache;

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

/* ---- flags ---- */

void cache_flag(struct buffer *buffer, uint16_t set, uint16_t clear)
{
    uint16_t flags = (uint16_t)((buffer->flags & ~clear) | set);
    cache.dirty += !!(flags & BUFFER_DIRTY) - !!(buffer->flags & BUFFER_DIRTY);
    cache.running += !!(flags & BUFFER_RUNNING) - !!(buffer->flags & BUFFER_RUNNING);
    buffer->flags = flags;
}

struct buffer *cache_next(const struct buffer *previous, uint16_t flags)
{
    unsigned i = previous != NULL ? (unsigned)(previous - cache.buffers) + 1 : 0;
    while (i < cache.count && !(cache.buffers[i].flags & flags))
        i++;
    return i < cache.count ? &cache.buffers[i] : NULL;
}

unsigned cache_running(void)
{
    return cache.running;
}

unsigned cache_buffers(void)
{
    return cache.count;
}

/* ---- seals ---- */

static uint64_t sum_of(const struct buffer *buffer)
{
    return sum_bytes(buffer->block, buffer->data, cache.block_size);
}

/* Where a buffer's data must be; beside it stands where it is. */
static uint8_t *place_of(const struct buffer *buffer)
{
    return cache.memory + (size_t)(buffer - cache.buffers) * cache.block_size;
}

void cache_seal(struct buffer *buffer)
{
    buffer->sum = sum_of(buffer);
    buffer->flags &= (uint16_t)~BUFFER_OPEN;
}

void cache_check(const struct buffer *buffer)
{
    bool is_sealed = !(buffer->flags & BUFFER_OPEN);
    if (buffer->data != place_of(buffer) || (is_sealed && buffer->sum != sum_of(buffer)))
        give_up("block %u was changed by nobody", buffer->block);
}

void cache_doubt(bool doubts)
{
    cache.doubts = doubts;
}

void cache_open(struct buffer *buffer)
{
    cache_check(buffer);
    buffer->flags |= BUFFER_OPEN;
}

const struct buffer *cache_check_at(const uint8_t *data)
{
    size_t number = (size_t)(data - cache.memory) / cache.block_size;
    if (number >= cache.count || data != place_of(&cache.buffers[number]))
        give_up("what is to be written is no buffer");
    cache_check(&cache.buffers[number]);
    return &cache.buffers[number];
}

/* struct batch's check: only to and from the place of the block's own buffer. */
static void check_read(uint32_t block, const uint8_t *data)
{
    const struct buffer *buffer = find(block);
    if (buffer == NULL || data != place_of(buffer))
        give_up("block %u is not what is to be transferred", block);
}

static void check_write(uint32_t block, const uint8_t *data)
{
    check_read(block, data);
    if (cache_check_at(data)->flags & BUFFER_OPEN)
        give_up("block %u is written while it is modified", block);
}

/* ---- writing back ---- */

/*
 * Whether a buffer is to be written now: it is dirty, its place may see it, and nobody is in the middle of changing it.
 * `pinned`: also those that are pinned. In an operation whoever holds one has perhaps said that it is modified, and is
 * about to do it.
 */
static bool is_writable(const struct buffer *buffer, enum cache_part part, bool pinned)
{
    if (!(buffer->flags & BUFFER_DIRTY) || buffer->flags & (BUFFER_CHANGED | BUFFER_RUNNING))
        return false;
    return (part == CACHE_ALL || !(buffer->flags & BUFFER_METADATA)) && (pinned || buffer->pins == 0);
}

/* Writes what is writable, in the order of memory: files written in one go are in disk order there. */
static int write_back(enum cache_part part, bool pinned)
{
    struct batch batch = {.transfer = disk_write, .check = check_write};
    uint64_t expected = 0;
    int status = OK;
    for (unsigned i = 0; i < cache.count && status == OK; i++)
        if (is_writable(&cache.buffers[i], part, pinned))
            status = batch_add(&batch, cache.buffers[i].block, place_of(&cache.buffers[i]));
    if (status == OK)
        status = batch_run(&batch);
    for (unsigned i = 0; i < cache.count && status == OK; i++)
        if (is_writable(&cache.buffers[i], part, pinned)) {
            cache_check(&cache.buffers[i]); /* what was written was this */
            cache_flag(&cache.buffers[i], 0, BUFFER_DIRTY | BUFFER_METADATA);
            expected += hash_number(cache.buffers[i].block);
        }
    if (status == OK && batch.moved != expected)
        give_up("other blocks were written than should be");
    return status;
}

int cache_throttle(void)
{
    return cache.dirty - cache.running > cache.count / 2 ? write_back(CACHE_ALL, false) : OK;
}

int cache_write(enum cache_part part)
{
    return cache.dirty > cache.running ? write_back(part, true) : OK;
}

void cache_confirm(enum cache_part part)
{
    unsigned dirty = 0, running = 0, left = 0;
    for (unsigned i = 0; i < cache.count; i++) {
        dirty += !!(cache.buffers[i].flags & BUFFER_DIRTY);
        running += !!(cache.buffers[i].flags & BUFFER_RUNNING);
        left += is_writable(&cache.buffers[i], part, true) ||
                (part == CACHE_ALL && cache.buffers[i].flags & (BUFFER_DIRTY | BUFFER_RUNNING));
    }
    if (dirty != cache.dirty || running != cache.running || left > 0)
        give_up("%u blocks are dirty, not %u; %u run, not %u; %u were not written", dirty, cache.dirty, running,
                cache.running, left);
}

int cache_amend(struct buffer *buffer, void (*amend)(uint8_t *data, const void *how), const void *how, size_t size)
{
    static uint8_t copy[4096]; /* as long as the largest block */
    uint64_t again[4];
    struct batch batch = {.transfer = disk_write, .check = check_write};
    assert(size <= sizeof(again));
    memcpy(again, how, size);
    memcpy(copy, buffer->data, cache.block_size);
    cache_open(buffer);
    amend(buffer->data, how);
    amend(copy, again);
    cache_seal(buffer);
    if (memcmp(copy, buffer->data, cache.block_size) != 0)
        give_up("block %u was changed while it was amended", buffer->block);
    batch_add(&batch, buffer->block, place_of(buffer));
    int status = batch_run(&batch);
    if (status == OK)
        cache_flag(buffer, 0, BUFFER_DIRTY | BUFFER_METADATA);
    return status;
}

/* ---- getting buffers ---- */

/*
 * Finds a buffer to reuse, and takes it out of the table; none that has one of the flags. Twice round is enough: the
 * first clears all USED flags.
 */
static int find_unused(uint16_t flags, struct buffer **result)
{
    for (unsigned step = 0; step < 2 * cache.count; step++) {
        struct buffer *buffer = &cache.buffers[cache.hand];
        cache.hand = (cache.hand + 1) % cache.count;
        if (buffer->pins > 0 || buffer->flags & flags)
            continue;
        if (buffer->flags & BUFFER_USED) {
            buffer->flags &= (uint16_t)~BUFFER_USED;
            continue;
        }
        int status = buffer->flags & BUFFER_DIRTY ? write_back(CACHE_ALL, false) : OK;
        if (status != OK)
            return status;
        unhash(buffer);
        *result = buffer;
        return OK;
    }
    return ERROR_NO_MEMORY;
}

/* What an operation has written is not known to be right before its end: until then, nothing dirty is written if there
 * is another way. */
static int evict(struct buffer **result)
{
    const uint16_t needed = BUFFER_CHANGED | BUFFER_RUNNING;
    int status = change_is_open() ? find_unused(needed | BUFFER_DIRTY, result) : ERROR_NO_MEMORY;
    return status == ERROR_NO_MEMORY ? find_unused(needed, result) : status;
}

struct buffer *cache_find(uint32_t block)
{
    struct buffer *buffer = find(block);
    if (buffer != NULL) {
        if (cache.doubts)
            cache_check(buffer);
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
    struct batch batch = {.transfer = disk_read, .check = check_read};
    int status = claim(block, result);
    if (status != OK)
        return status;
    batch_add(&batch, block, (*result)->data);
    status = batch_run(&batch);
    if (status == OK) {
        cache_seal(*result);
    } else {
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
    if (status != OK)
        return status;
    cache_flag(*result, BUFFER_BORN | BUFFER_OPEN, BUFFER_FREED | BUFFER_NUMBERS | BUFFER_RECORDS);
    memset((*result)->data, 0, cache.block_size);
    return OK;
}

void cache_modify(struct buffer *buffer)
{
    cache_open(buffer);
    change_save(buffer);
    cache_flag(buffer, BUFFER_DIRTY | BUFFER_METADATA, 0);
}

void cache_modify_data(struct buffer *buffer)
{
    cache_open(buffer);
    cache_flag(buffer, BUFFER_DIRTY, BUFFER_METADATA);
}

bool cache_has(uint32_t block)
{
    return find(block) != NULL;
}

void cache_forget(uint32_t block)
{
    struct buffer *buffer = find(block);
    if (buffer != NULL)
        change_free(buffer);
}

void cache_load(const uint32_t *blocks, unsigned count)
{
    struct batch batch = {.transfer = disk_read, .check = check_read};
    struct buffer *loaded[CACHE_RUN];
    unsigned loads = 0;
    int status = OK;
    for (unsigned i = 0; i < count && status == OK; i++) {
        if (cache_has(blocks[i]) || claim(blocks[i], &loaded[loads]) != OK)
            continue;
        status = batch_add(&batch, blocks[i], loaded[loads]->data);
        loads++;
    }
    if (status == OK)
        status = batch_run(&batch);
    while (loads > 0) {
        cache_put(loaded[--loads]);
        if (status == OK)
            cache_seal(loaded[loads]);
        else
            unhash(loaded[loads]);
    }
}

int cache_start(void *memory, size_t bytes, uint32_t block_size)
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
    cache.hand = cache.dirty = cache.running = 0;
    cache.block_size = block_size;
    cache.memory = memory;
    for (size_t i = 0; i < count; i++)
        cache.buffers[i].data = place_of(&cache.buffers[i]);
    return OK;
}
