/*
 * System calls on memory.
 */
#include "kernel/syscall/handlers.h"

struct memory_slot {
    struct process *process;
    struct slot *slot;
    struct memory *memory;
};

static int resolve_memory(struct process *process, handle_t handle, unsigned rights, struct memory_slot *found)
{
    int status = slot_resolve(&process->table, handle, OBJECT_MEMORY, rights, &found->slot);

    if (status != OK)
        return status;
    found->process = process;
    found->memory = memory_of(found->slot->object);
    return OK;
}

struct thread *sys_memory_create(struct thread *self, struct frame *frame)
{
    uint64_t pages = frame->rsi, price;
    unsigned flags = (unsigned)frame->rdx;
    struct process *process;
    struct slot *slot;
    void *memory;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK)
        status = memory_check(pages, flags);
    if (status != OK)
        return answer(self, status, 0);
    price = memory_price(pages, flags);
    status = object_create(process, price, &memory, &slot);
    if (status != OK)
        return answer(self, status, 0);
    status = memory_init(memory, pages, flags);
    if (status != OK) {
        object_abandon(process, price, memory, slot);
        return answer(self, status, 0);
    }
    return answer(self, OK, object_publish(&((struct memory *)memory)->object, OBJECT_MEMORY, slot));
}

struct thread *sys_memory_device(struct thread *self, struct frame *frame)
{
    uint64_t base = frame->rsi, pages = frame->rdx, flags = frame->r10;
    struct memory_slot root;
    struct slot *slot;
    void *memory;
    int status = resolve_memory(self->process, frame->rdi, RIGHT_MINT, &root);

    if (status == OK && !root.memory->is_root)
        status = E_ARGUMENT;
    if (status == OK &&
        (!base || base % PAGE_SIZE || !pages || pages > MAX_MEMORY_PAGES || flags & ~(uint64_t)MEMORY_WRITE_COMBINING ||
         !machine_is_device_range(base, base + pages * PAGE_SIZE)))
        status = E_ARGUMENT;
    if (status == OK)
        status = object_create(self->process, 1, &memory, &slot);
    if (status != OK)
        return answer(self, status, 0);
    memory_init_fixed(memory, base, pages, true, flags);
    return answer(self, OK, object_publish(&((struct memory *)memory)->object, OBJECT_MEMORY, slot));
}

struct thread *sys_memory_physical(struct thread *self, struct frame *frame)
{
    struct memory_slot found;
    int status = resolve_memory(self->process, frame->rdi, RIGHT_DMA, &found);

    if (status == OK && (frame->rsi >= found.memory->pages || !found.memory->base || found.memory->borrowed))
        status = E_ARGUMENT;
    return answer(self, status, status == OK ? memory_frame(found.memory, frame->rsi) : 0);
}

static bool rights_make_sense(uint64_t rights)
{
    return rights & RIGHT_READ && !(rights & ~(uint64_t)(RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE)) &&
           (rights & (RIGHT_WRITE | RIGHT_EXECUTE)) != (RIGHT_WRITE | RIGHT_EXECUTE);
}

static bool range_makes_sense(const struct memory *memory, uint64_t address, uint64_t first, uint64_t pages)
{
    return address % PAGE_SIZE == 0 && pages && first < memory->pages && pages <= memory->pages - first &&
           address >= USER_FIRST && address < MESSAGE_PAGES && pages <= (MESSAGE_PAGES - address) / PAGE_SIZE;
}

/*
 * The progress of map: pages entered, and, once a step failed, the status to give when they are out again.
 */
#define MAP_PAGES(progress)         ((progress)&0xffffffff)
#define MAP_FAILED(progress)        ((int)((progress) >> 32))
#define MAP_PROGRESS(pages, status) ((pages) | (uint64_t)(status) << 32)

static struct thread *map_undo(struct thread *self, struct memory_slot *found, int failed)
{
    if (mapping_shrink(&found->slot->mapping, &found->process->space))
        return answer(self, failed, 0);
    return restart(self, MAP_PROGRESS(found->slot->mapping.pages, failed));
}

static struct thread *map_step(struct thread *self, struct frame *frame, struct memory_slot *found)
{
    struct mapping *mapping = &found->slot->mapping;
    int status = mapping_extend(mapping, &found->process->space, found->memory, frame->r8, (unsigned)frame->r9);

    if (status != OK)
        return map_undo(self, found, status);
    return mapping->pages == frame->r8 ? answer(self, OK, 0) : restart(self, MAP_PROGRESS(mapping->pages, OK));
}

struct thread *sys_map(struct thread *self, struct frame *frame)
{
    uint64_t progress = progress_of(self);
    struct memory_slot found;
    struct process *process;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK && !rights_make_sense(frame->r9))
        status = E_ARGUMENT;
    if (status == OK)
        status = resolve_memory(process, frame->rsi, (unsigned)frame->r9, &found);
    if (status == OK && (found.memory->is_root || !range_makes_sense(found.memory, frame->rdx, frame->r10, frame->r8)))
        status = E_ARGUMENT;
    /* Somebody else's mapping, or ours changed by somebody else between two steps. */
    if (status == OK &&
        (found.slot->mapping.pages != MAP_PAGES(progress) ||
         (progress && (found.slot->mapping.address != frame->rdx || found.slot->mapping.first != frame->r10))))
        status = E_BUSY;
    if (status != OK)
        return answer(self, status, 0);
    if (MAP_FAILED(progress))
        return map_undo(self, &found, MAP_FAILED(progress));
    if (!progress)
        found.slot->mapping = (struct mapping){frame->rdx, frame->r10, 0, found.slot->index};
    return map_step(self, frame, &found);
}

struct thread *sys_unmap(struct thread *self, struct frame *frame)
{
    struct memory_slot found;
    struct process *process;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK)
        status = resolve_memory(process, frame->rsi, 0, &found);
    if (status == OK && !mapping_shrink(&found.slot->mapping, &process->space))
        return restart(self, 0);
    return answer(self, status, 0);
}

struct thread *sys_protect(struct thread *self, struct frame *frame)
{
    uint64_t done = progress_of(self);
    struct memory_slot found;
    struct process *process;
    int status = resolve_process(self, frame->rdi, &process);

    if (status == OK && !rights_make_sense(frame->rdx))
        status = E_ARGUMENT;
    if (status == OK)
        status = resolve_memory(process, frame->rsi, (unsigned)frame->rdx, &found);
    if (status == OK && done < found.slot->mapping.pages) {
        done = mapping_protect(&found.slot->mapping, &process->space, done, (unsigned)frame->rdx);
        if (done < found.slot->mapping.pages)
            return restart(self, done);
    }
    return answer(self, status, 0);
}
