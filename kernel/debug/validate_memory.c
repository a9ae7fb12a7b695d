/*
 * Validators: each frame is free or belongs to one thing, and page tables say what the capabilities have mapped.
 */
#include "kernel/debug/validate.h"

#define MOST_FRAMES (1ul << 20) /* 4 GiB */

static uint64_t seen[MOST_FRAMES / 64]; /* bit set: somebody has this frame */

void validate_frames_begin(void)
{
    CHECK(machine_frames.frames <= MOST_FRAMES);
    for (uint64_t i = 0; i <= machine_frames.frames / 64 && i < MOST_FRAMES / 64; i++)
        seen[i] = 0;
}

void validate_frame(struct world *world, phys_t frame)
{
    uint64_t number = frame / PAGE_SIZE, bit = 1ul << number % 64;

    CHECK(number != FRAME_NONE && number < machine_frames.frames && frame % PAGE_SIZE == 0);
    CHECK(!(machine_frames.words[number / 64] & bit)); /* it is not free */
    CHECK(!(seen[number / 64] & bit));                 /* it has no other owner */
    seen[number / 64] |= bit;
    world->frames++;
}

void validate_frames_end(const struct world *world)
{
    CHECK(world->frames == system_frames - machine_frames.free);
}

/* Its frames are in lists, as far as it has any. Returns how many. */
static uint64_t check_listed(struct world *world, const struct memory *memory)
{
    uint64_t present = 0;

    for (uint64_t page = 0; page < memory->pages; page++) {
        const uint32_t *list = memory->lists[page / LIST_FRAMES];

        if (!list) {
            page += LIST_FRAMES - 1;
            continue;
        }
        if (page % LIST_FRAMES == 0)
            validate_frame(world, virt_to_phys(list));
        if (list[page % LIST_FRAMES]) {
            validate_frame(world, (phys_t)list[page % LIST_FRAMES] * PAGE_SIZE);
            present++;
        }
    }
    return present;
}

void validate_memory(struct world *world, const struct memory *memory)
{
    uint64_t present = 0;

    if (memory->borrowed)
        return;
    if (memory->base)
        for (; present < memory->present; present++)
            validate_frame(world, memory->base + present * PAGE_SIZE);
    else
        present = check_listed(world, memory);
    CHECK(present == memory->present && present <= memory->pages);
}

/* The frame of a page that is mapped; 0: it moved away. */
static phys_t frame_of(const struct memory *memory, uint64_t page)
{
    if (memory->base)
        return memory->base + page * PAGE_SIZE;
    return (phys_t)*memory_number(memory, page) * PAGE_SIZE;
}

static void check_entry(const struct slot *slot, entry_t entry, phys_t frame)
{
    CHECK(entry_owner(entry) == slot->index);
    CHECK((entry & PAGE_ADDRESS) == frame);
    CHECK(entry & PAGE_PRESENT ? frame != 0 : !frame && memory_of(slot->object)->movable);
    CHECK(slot->rights & RIGHT_WRITE || !(entry & PAGE_WRITE));
    CHECK(slot->rights & RIGHT_EXECUTE || entry & PAGE_NO_EXECUTE);
}

uint64_t validate_mapping(const struct slot *slot)
{
    const struct mapping *mapping = &slot->mapping;

    if (!mapping->pages)
        return 0;
    CHECK(slot->object->type == OBJECT_MEMORY);
    CHECK(mapping->first + mapping->pages <= memory_of(slot->object)->pages);
    for (uint64_t i = 0; i < mapping->pages; i++) {
        const entry_t *entry = space_entry(&slot->process->space, mapping->address + i * PAGE_SIZE);

        CHECK(entry && *entry);
        check_entry(slot, *entry, frame_of(memory_of(slot->object), mapping->first + i));
    }
    return mapping->pages;
}

#define TOP_LEVEL        4
#define ENTRIES          512
#define USER_TOP_ENTRIES 256

/* What lies below a table. */
struct contents {
    uint64_t tables, pages;
};

/* At most four levels deep. */
static void walk_table(struct world *world, const entry_t *table, unsigned level, struct contents *found)
{
    unsigned count = level == TOP_LEVEL ? USER_TOP_ENTRIES : ENTRIES;

    for (unsigned i = 0; i < count; i++) {
        entry_t entry = table[i];

        if (!entry)
            continue;
        CHECK(entry & PAGE_USER);
        if (level > 1) {
            CHECK(entry & PAGE_PRESENT && entry & PAGE_WRITE);
            validate_frame(world, entry & PAGE_ADDRESS);
            found->tables++;
            walk_table(world, phys_to_virt(entry & PAGE_ADDRESS), level - 1, found);
        } else {
            CHECK(!(entry & PAGE_WRITE) || entry & PAGE_NO_EXECUTE);
            found->pages++;
        }
    }
}

void validate_space(struct world *world, const struct space *space, uint64_t pages)
{
    struct contents found = {0};

    if (space->root) {
        validate_frame(world, space->root);
        walk_table(world, phys_to_virt(space->root), TOP_LEVEL, &found);
    }
    CHECK(found.tables == space->tables);
    CHECK(found.pages == pages);
}
