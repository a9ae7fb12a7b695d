/*
 * The machine's one frame pool.
 */
#include "kernel/mm/page.h"
#include "kernel/base/check.h"
#include "kernel/base/memory.h"

struct frame_pool machine_frames;
uint64_t system_frames;

void page_init(void)
{
    uint64_t count = machine.ram_end / PAGE_SIZE;
    uint64_t bytes = (frame_pool_words(count) * sizeof(uint64_t) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    struct ram_region *host = machine.ram;

    /* The bitmap takes the start of the first region that has room for it. */
    while (host < machine.ram + machine.ram_count && host->end - host->start < bytes)
        host++;
    CHECK(host < machine.ram + machine.ram_count);
    frame_pool_init(&machine_frames, phys_to_virt(host->start), count);
    host->start += bytes;
    for (unsigned i = 0; i < machine.ram_count; i++) {
        struct ram_region *region = &machine.ram[i];

        if (region->start < region->end)
            frame_pool_release(&machine_frames, region->start / PAGE_SIZE, (region->end - region->start) / PAGE_SIZE);
    }
    system_frames = machine_frames.free;
}

void *page_take(void)
{
    uint64_t frame = frame_pool_take(&machine_frames);

    CHECK(frame != FRAME_NONE); /* quotas are never overcommitted */
    return memory_zero(phys_to_virt(frame * PAGE_SIZE), PAGE_SIZE);
}

void page_free(void *page)
{
    frame_pool_release(&machine_frames, virt_to_phys(page) / PAGE_SIZE, 1);
}

phys_t page_take_run(uint64_t count)
{
    uint64_t frame = frame_pool_take_run(&machine_frames, count);

    return frame == FRAME_NONE ? 0 : frame * PAGE_SIZE;
}
