/*
 * Memory objects: pages that can be mapped. Charged whole when created; a page's frame is taken when first mapped.
 *
 * A mapping belongs to the capability that made it, at most one per capability; struct mapping lies in the capability's
 * slot. There is no other reverse map: deleting the capability unmaps, and revoking removes just what was derived.
 * Context of everything here: kernel lock held (or boot).
 */
#pragma once
#include "kernel/base/object.h"
#include "kernel/mm/space.h"

#define LIST_FRAMES 1024u /* frame numbers in one list page */
#define LISTS       (unsigned)(MAX_MEMORY_PAGES / LIST_FRAMES)

#define MAX_DMA_PAGES 1024

struct memory {
    struct object object;
    uint64_t pages;
    phys_t base;      /* of contiguous memory (DMA, device, archive); 0: frames are in the lists */
    bool borrowed;    /* the frames are not ours to free: devices, the boot archive, the trace */
    bool device;      /* no RAM behind it */
    bool combining;   /* map write-combining instead of uncached */
    bool is_root;     /* names all device addresses; only to be cut into pieces */
    bool movable;     /* pages may leave and arrive with messages; one capability, so one mapping */
    uint64_t present; /* frames taken so far */
    union {
        uint32_t *lists[LISTS];
        uint64_t cleared[MAX_DMA_PAGES / 64]; /* of contiguous memory of our own: bit = page was zeroed */
    };
};
_Static_assert(sizeof(struct memory) <= PAGE_SIZE, "a Memory object is one frame");

static inline struct memory *memory_of(struct object *object)
{
    return container_of(object, struct memory, object);
}
uint64_t memory_charge(const struct object *object);
bool memory_destroy_step(struct object *object, unsigned budget);

/* May there be such a Memory (flags: enum memory_flags)? E_ARGUMENT. And what will it cost, in frames? */
int memory_check(uint64_t pages, unsigned flags);
uint64_t memory_price(uint64_t pages, unsigned flags);
/* Fills a fresh object page. E_LIMIT: no contiguous run of frames for MEMORY_DMA. */
int memory_init(struct memory *memory, uint64_t pages, unsigned flags);
void memory_init_fixed(struct memory *memory, phys_t base, uint64_t pages, bool device, bool combining);

/* Frames that it has taken so far, its own included. */
uint64_t memory_frames(const struct memory *memory);
/* The address of a page's frame; taken, or at least zeroed, now if this is its first use. */
phys_t memory_frame(struct memory *memory, uint64_t page);
/* Where the number of the frame of a page is kept, 0 = it has none, if some page of its list was mapped; those of the
 * next pages follow, to the end of the list. Not of contiguous memory. */
static inline uint32_t *memory_number(const struct memory *memory, uint64_t page)
{
    return &memory->lists[page / LIST_FRAMES][page % LIST_FRAMES];
}
static inline uint64_t numbers_left(const uint32_t *number)
{
    return LIST_FRAMES - (uintptr_t)number % PAGE_SIZE / sizeof(*number);
}

/* Where a capability has mapped its Memory; pages = 0: nowhere. */
struct mapping {
    uint64_t address;
    uint64_t first; /* page of the Memory at `address` */
    uint64_t pages; /* entered so far */
    unsigned owner; /* index of the capability, for the entries */
};

/* Enters a step's worth of pages behind mapping->pages, up to `goal`. OK, E_BUSY, E_QUOTA. */
int mapping_extend(struct mapping *mapping, struct space *space, struct memory *memory, uint64_t goal, unsigned rights);
/* Removes at most a step's worth of pages from the end, everywhere; true when nothing is mapped any more. */
bool mapping_shrink(struct mapping *mapping, struct space *space);
/* Changes the rights of a step's worth of pages from page `done` on; returns the new `done`. */
uint64_t mapping_protect(const struct mapping *mapping, struct space *space, uint64_t done, unsigned rights);
