/*
 * The allocator. Small blocks come in sizes that are powers of two, each size with a list of free blocks, carved out
 * of chunks that are never given back. A large block is a Memory object of its own, and free() gives it back at once.
 *
 * Every block is preceded by a 16-byte header. Waste is at most half of a small block, or a page of a large one.
 */
#include "user/lib/memory.h"
#include "user/lib/thread.h"
#include <stdlib.h>
#include <string.h>

#define SMALLEST    32ul /* header included */
#define SIZES       8    /* 32, 64, ... 4096 */
#define LARGEST     (SMALLEST << (SIZES - 1))
#define CHUNK_PAGES 16ul

struct header {
    size_t size;     /* of the block with its header: a power of two, or whole pages above LARGEST */
    handle_t memory; /* of a large block */
};

struct free_block {
    struct header header;
    struct free_block *next;
};

static struct free_block *free_lists[SIZES];
static char *chunk, *chunk_end; /* what is left of the newest chunk */
static struct mutex mutex;

/* The list that holds blocks of at least `size` bytes (header included, at most LARGEST). */
static unsigned list_for(size_t size)
{
    unsigned list = 0;
    while (SMALLEST << list < size)
        list++;
    return list;
}

/* Cuts a block off the chunk; what is left of a chunk that is too short is lost, less than LARGEST bytes. */
static struct free_block *carve(size_t size)
{
    if ((size_t)(chunk_end - chunk) < size) {
        char *fresh = pages_allocate(CHUNK_PAGES);
        if (!fresh)
            return 0;
        chunk = fresh;
        chunk_end = fresh + CHUNK_PAGES * PAGE_SIZE;
    }
    struct free_block *block = (struct free_block *)chunk;
    chunk += size;
    block->header = (struct header){size, 0};
    return block;
}

static struct header *allocate_small(size_t size)
{
    unsigned list = list_for(size);
    mutex_lock(&mutex);
    struct free_block *block = free_lists[list];
    if (block)
        free_lists[list] = block->next;
    else
        block = carve(SMALLEST << list);
    mutex_unlock(&mutex);
    return (struct header *)block;
}

static struct header *allocate_large(size_t size)
{
    uint64_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    handle_t memory;
    if (sys_memory_create(SELF, pages, MEMORY_SHAREABLE, &memory) != OK)
        return 0;
    struct header *header = pages_map(memory, pages, RIGHT_READ | RIGHT_WRITE);
    if (header)
        *header = (struct header){pages * PAGE_SIZE, memory};
    else
        sys_cap_delete(SELF, memory);
    return header;
}

void *malloc(size_t size)
{
    if (size > MAX_MEMORY_PAGES * PAGE_SIZE - sizeof(struct header))
        return 0;
    size += sizeof(struct header);
    struct header *header = size <= LARGEST ? allocate_small(size) : allocate_large(size);
    return header ? header + 1 : 0;
}

void free(void *block)
{
    if (!block)
        return;
    struct header *header = (struct header *)block - 1;
    if (header->size > LARGEST) {
        pages_release(header, header->size / PAGE_SIZE, header->memory);
        return;
    }
    struct free_block *freed = (struct free_block *)header;
    unsigned list = list_for(header->size);
    mutex_lock(&mutex);
    freed->next = free_lists[list];
    free_lists[list] = freed;
    mutex_unlock(&mutex);
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return 0;
    void *block = malloc(total);
    return block ? memset(block, 0, total) : 0;
}

void *realloc(void *block, size_t size)
{
    if (!block)
        return malloc(size);
    size_t room = ((struct header *)block - 1)->size - sizeof(struct header);
    if (size <= room)
        return block;
    void *larger = malloc(size);
    if (larger) {
        memcpy(larger, block, room);
        free(block);
    }
    return larger;
}
