/*
 * Memory objects and their mappings.
 */
#include "kernel/mm/memory.h"
#include "kernel/abi/syscall.h"
#include "kernel/base/check.h"
#include "kernel/base/memory.h"
#include "kernel/mm/tlb.h"

#define MAP_STEP   64  /* pages entered in one step: each may have to be cleared */
#define UNMAP_STEP 512 /* entries changed in one step */

static uint64_t lists_for(uint64_t pages)
{
    return (pages + LIST_FRAMES - 1) / LIST_FRAMES;
}

static uint64_t list_count(const struct memory *memory)
{
    return memory->base ? 0 : lists_for(memory->pages);
}

uint64_t memory_price(uint64_t pages, unsigned flags)
{
    return 1 + (flags == MEMORY_DMA ? 0 : lists_for(pages)) + pages;
}

uint64_t memory_charge(const struct object *object)
{
    const struct memory *memory = container_of(object, const struct memory, object);

    return memory->borrowed ? 1 : 1 + list_count(memory) + memory->pages;
}

uint64_t memory_frames(const struct memory *memory)
{
    uint64_t lists = 0;

    for (uint64_t i = 0; i < list_count(memory); i++)
        lists += memory->lists[i] != 0;
    return 1 + lists + memory->present;
}

int memory_check(uint64_t pages, unsigned flags)
{
    if (flags != MEMORY_SHAREABLE && flags != MEMORY_DMA && flags != MEMORY_MOVABLE)
        return E_ARGUMENT;
    if (pages == 0 || pages > (flags == MEMORY_DMA ? MAX_DMA_PAGES : MAX_MEMORY_PAGES))
        return E_ARGUMENT;
    return OK;
}

int memory_init(struct memory *memory, uint64_t pages, unsigned flags)
{
    if (flags == MEMORY_DMA) {
        memory->base = page_take_run(pages);
        if (!memory->base)
            return E_LIMIT;
        memory->present = pages;
    }
    memory->movable = flags == MEMORY_MOVABLE;
    memory->pages = pages;
    return OK;
}

void memory_init_fixed(struct memory *memory, phys_t base, uint64_t pages, bool device, bool combining)
{
    memory->base = base;
    memory->pages = pages;
    memory->device = device;
    memory->combining = combining;
    memory->borrowed = true;
}

static phys_t contiguous_frame(struct memory *memory, uint64_t page)
{
    phys_t frame = memory->base + page * PAGE_SIZE;
    uint64_t bit = 1ul << page % 64;

    if (!memory->borrowed && !(memory->cleared[page / 64] & bit)) {
        memory->cleared[page / 64] |= bit;
        memory_zero(phys_to_virt(frame), PAGE_SIZE);
    }
    return frame;
}

phys_t memory_frame(struct memory *memory, uint64_t page)
{
    uint32_t **list = &memory->lists[page / LIST_FRAMES];
    uint32_t *number;

    CHECK(page < memory->pages);
    if (memory->base)
        return contiguous_frame(memory, page);
    if (!*list)
        *list = page_take();
    number = &(*list)[page % LIST_FRAMES];
    if (!*number) {
        *number = (uint32_t)(virt_to_phys(page_take()) / PAGE_SIZE);
        memory->present++;
    }
    return (phys_t)*number * PAGE_SIZE;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Frees the frames of one list, from the object's end; the list goes with its last frame. */
static void free_from_list(struct memory *memory, unsigned index, unsigned *budget)
{
    uint32_t *list = memory->lists[index];
    uint64_t pages = least(memory->pages - index * LIST_FRAMES, LIST_FRAMES);

    for (uint64_t i = pages; list && i-- > 0;) {
        if (!list[i])
            continue;
        if (!*budget)
            return;
        --*budget;
        page_free(phys_to_virt((phys_t)list[i] * PAGE_SIZE));
        list[i] = 0;
        memory->present--;
    }
    if (list)
        page_free(list);
    memory->lists[index] = 0;
}

/* From the first list that there is: one in a step, for it is searched whole, and may be empty. */
static bool free_lists(struct memory *memory, unsigned budget)
{
    uint64_t count = list_count(memory), index = 0;

    while (index < count && !memory->lists[index])
        index++;
    if (index < count)
        free_from_list(memory, (unsigned)index, &budget);
    return budget && index + 1 >= count;
}

bool memory_destroy_step(struct object *object, unsigned budget)
{
    struct memory *memory = container_of(object, struct memory, object);

    if (memory->borrowed)
        return true;
    budget *= 8; /* a frame is quickly freed */
    if (memory->base) {
        for (; memory->present && budget; budget--)
            page_free(phys_to_virt(memory->base + --memory->present * PAGE_SIZE));
        return memory->present == 0;
    }
    return free_lists(memory, budget);
}

static entry_t entry_bits(const struct memory *memory, unsigned owner, unsigned rights)
{
    entry_t bits = PAGE_PRESENT | PAGE_USER | PAGE_OWNER(owner);

    if (rights & RIGHT_WRITE)
        bits |= PAGE_WRITE;
    if (!(rights & RIGHT_EXECUTE))
        bits |= PAGE_NO_EXECUTE;
    if (memory->device)
        bits |= memory->combining ? PAGE_ATTRIBUTE : PAGE_NO_CACHE | PAGE_WRITE_THROUGH;
    return bits;
}

int mapping_extend(struct mapping *mapping, struct space *space, struct memory *memory, uint64_t goal, unsigned rights)
{
    entry_t bits = entry_bits(memory, mapping->owner, rights), *entry;
    uint64_t end = least(goal, mapping->pages + MAP_STEP);

    while (mapping->pages < end) {
        int status = space_make_entry(space, mapping->address + mapping->pages * PAGE_SIZE, &entry);
        uint64_t run_end;

        if (status != OK)
            return status;
        run_end = least(end, mapping->pages + entries_left(entry));
        for (; mapping->pages < run_end; entry++, mapping->pages++) {
            if (*entry)
                return E_BUSY;
            *entry = memory_frame(memory, mapping->first + mapping->pages) | bits;
        }
    }
    return OK;
}

/* The entry of a mapped page, and how many of the pages from there to `end` follow it in the same table. */
static uint64_t run_at(const struct mapping *mapping, struct space *space, uint64_t page, uint64_t end, entry_t **entry)
{
    *entry = space_entry(space, mapping->address + page * PAGE_SIZE);
    return least(end - page, entries_left(*entry));
}

bool mapping_shrink(struct mapping *mapping, struct space *space)
{
    uint64_t end = mapping->pages, start = end > UNMAP_STEP ? end - UNMAP_STEP : 0, run;
    entry_t *entry;

    if (!end)
        return true;
    for (uint64_t page = start; page < end; page += run) {
        run = run_at(mapping, space, page, end, &entry);
        memory_zero(entry, run * sizeof(*entry));
    }
    tlb_shootdown(space, mapping->address + start * PAGE_SIZE, end - start);
    mapping->pages = start;
    return start == 0;
}

uint64_t mapping_protect(const struct mapping *mapping, struct space *space, uint64_t done, unsigned rights)
{
    entry_t set = (rights & RIGHT_WRITE ? PAGE_WRITE : 0) | (rights & RIGHT_EXECUTE ? 0 : PAGE_NO_EXECUTE);
    uint64_t end = least(done + UNMAP_STEP, mapping->pages), run;
    entry_t *entry;

    for (uint64_t page = done; page < end; page += run) {
        run = run_at(mapping, space, page, end, &entry);
        for (uint64_t i = 0; i < run; i++)
            entry[i] = (entry[i] & ~(PAGE_WRITE | PAGE_NO_EXECUTE)) | set;
    }
    tlb_shootdown(space, mapping->address + done * PAGE_SIZE, end - done);
    return end;
}
