/*
 * The audit: capabilities, objects and frames counted by walking the tables, and compared with what the counters say.
 *
 * It covers a process and all that it pays for, its children and theirs; so init's audit covers the machine. A
 * disagreement is a bug in the kernel. The walk is one step, as long as those tables: it is for tests.
 */
#include "kernel/base/check.h"
#include "kernel/sched/thread.h"
#include "kernel/syscall/handlers.h"

struct census {
    uint64_t capabilities, objects, frames;
};

/* A process whose table is being walked. */
struct level {
    struct process *process;
    uint64_t cursor, found, charged;
};

static uint64_t frames_of(const struct object *object)
{
    if (object->type == OBJECT_THREAD)
        return THREAD_FRAMES;
    if (object->type == OBJECT_MEMORY)
        return memory_frames(container_of(object, const struct memory, object));
    return 1;
}

/* The frame of a page that is mapped; 0: it moved away. */
static phys_t frame_of(const struct memory *memory, uint64_t page)
{
    if (memory->base)
        return memory->base + page * PAGE_SIZE;
    return (phys_t)*memory_number(memory, page) * PAGE_SIZE;
}

/* Each page has its entry, and entry and Memory agree about the frame. */
static void check_mapping(const struct slot *slot)
{
    const struct mapping *mapping = &slot->mapping;
    const struct memory *memory = memory_of(slot->object);

    for (uint64_t i = 0; i < mapping->pages; i++) {
        const entry_t *entry = space_entry(&slot->process->space, mapping->address + i * PAGE_SIZE);
        phys_t frame = frame_of(memory, mapping->first + i);

        CHECK(entry && *entry && entry_owner(*entry) == slot->index);
        CHECK((*entry & PAGE_ADDRESS) == frame);
        CHECK(*entry & PAGE_PRESENT ? frame : !frame && memory->movable);
    }
}

static void enter(struct level *level, struct process *process, struct census *census)
{
    *level = (struct level){.process = process, .charged = PROCESS_OWN_FRAMES};
    level->found = process->fault_slot.object != 0;
    census->objects++;
    census->frames += PROCESS_OWN_FRAMES + process->table.leaf_count + process->space.tables;
    census->frames -= !process->space.root; /* of one that is being destroyed it may be gone */
}

static void leave(const struct level *level, struct census *census)
{
    const struct process *process = level->process;

    CHECK(level->found == process->table.used);
    CHECK(level->charged + process->space.tables + process->table.leaf_count == process->account.used);
    census->capabilities += level->found;
}

/* One capability. Returns the process that it is the root of, if that is to be walked next. */
static struct process *count(struct level *level, struct slot *slot, struct census *census)
{
    struct object *object = slot->object;

    level->found++;
    CHECK(slot->process == level->process);
    CHECK(capability_is_root(slot) == node_is_root(&slot->node));
    check_mapping(slot);
    if (!capability_is_root(slot) || object == &level->process->object)
        return 0;
    level->charged += object_kinds[object->type].charge(object);
    if (object->type == OBJECT_PROCESS)
        return container_of(object, struct process, object);
    census->objects++;
    census->frames += frames_of(object);
    return 0;
}

static struct census take_census(struct process *top)
{
    struct level levels[MAX_DEPTH + 1], *level = levels;
    struct census census = {0};
    struct slot *slot;

    enter(level, top, &census);
    while (level >= levels) {
        slot = table_next(&level->process->table, &level->cursor);
        if (slot) {
            struct process *child = count(level, slot, &census);

            if (child)
                enter(++level, child, &census);
        } else {
            leave(level--, &census);
        }
    }
    return census;
}

struct thread *sys_audit(struct thread *self, struct frame *frame)
{
    struct process *process;
    struct census census;
    int status = resolve_process(self, frame->rdi, &process);

    if (status != OK)
        return answer(self, status, 0);
    census = take_census(process);
    if (process->depth == 0) {
        CHECK(census.capabilities == capabilities_in_use);
        CHECK(census.objects == objects_alive);
        CHECK(census.frames == system_frames - machine_frames.free);
    }
    return answer(self, OK, census.capabilities);
}
