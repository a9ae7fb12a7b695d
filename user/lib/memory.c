/*
 * Address ranges and the pages in them.
 */
#include "user/lib/memory.h"
#include "user/lib/thread.h"

/* Released ranges that wait for a new use. When the table is full a range is forgotten: 46 bits of addresses last. */
#define FREE_RANGES 32
static struct range {
    uint64_t start, end;
} free_ranges[FREE_RANGES];
static uint64_t next_address = HEAP_BASE;
static struct mutex mutex;

/* The first `size` bytes of a released range; 0 if none is long enough. */
static uint64_t reuse(uint64_t size)
{
    for (unsigned i = 0; i < FREE_RANGES; i++) {
        struct range *range = &free_ranges[i];
        if (range->end - range->start >= size) {
            range->start += size;
            return range->start - size;
        }
    }
    return 0;
}

/* What a range takes, with the page behind it. */
static uint64_t size_of(uint64_t pages)
{
    return (pages + 1) << PAGE_SHIFT;
}

void *address_reserve(uint64_t pages)
{
    if (pages > (STACKS_BASE - HEAP_BASE) >> PAGE_SHIFT)
        return 0;
    uint64_t size = pages ? size_of(pages) : 0;
    mutex_lock(&mutex);
    uint64_t address = size ? reuse(size) : 0;
    if (!address && size <= STACKS_BASE - next_address) {
        address = next_address;
        next_address += size;
    }
    mutex_unlock(&mutex);
    return (void *)address;
}

/* Puts [start, end) into the table: joined to a neighbour, or in an empty row. */
static void remember(uint64_t start, uint64_t end)
{
    struct range *empty = 0;
    for (unsigned i = 0; i < FREE_RANGES; i++) {
        struct range *range = &free_ranges[i];
        if (range->start == range->end) {
            empty = range;
        } else if (range->end == start) {
            range->end = end;
            return;
        } else if (range->start == end) {
            range->start = start;
            return;
        }
    }
    if (empty)
        *empty = (struct range){start, end};
}

void address_release(void *address, uint64_t pages)
{
    uint64_t start = (uint64_t)address;
    mutex_lock(&mutex);
    remember(start, start + size_of(pages));
    mutex_unlock(&mutex);
}

void *pages_map(handle_t memory, uint64_t pages, unsigned rights)
{
    void *address = address_reserve(pages);
    if (!address)
        return 0;
    if (sys_map(SELF, memory, address, 0, pages, rights) == OK)
        return address;
    address_release(address, pages);
    return 0;
}

void pages_release(void *address, uint64_t pages, handle_t memory)
{
    sys_cap_delete(SELF, memory); /* unmaps first */
    address_release(address, pages);
}

void *pages_allocate(uint64_t pages)
{
    handle_t memory;
    if (sys_memory_create(SELF, pages, MEMORY_SHAREABLE, &memory) != OK)
        return 0;
    void *address = pages_map(memory, pages, RIGHT_READ | RIGHT_WRITE);
    if (!address)
        sys_cap_delete(SELF, memory);
    return address;
}
