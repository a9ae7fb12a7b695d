/*
 * The validators: boot option validate=N looks at the whole kernel at every N-th way out of it, and panics where two
 * things do not agree. A look takes as long as all tables together.
 *
 * This file: the processes from init on, their tables, accounts, and the derivation tree.
 */
#include "kernel/debug/validate.h"
#include "kernel/base/option.h"
#include "kernel/debug/tools.h"
#include "kernel/mm/page.h"

static uint64_t interval, countdown;
static bool alone; /* without the shaker, which opens short paths itself */

/* A process whose table is being walked. */
struct level {
    struct process *process;
    uint64_t cursor;
    uint64_t found;   /* capabilities */
    uint64_t charged; /* frames, for objects */
    uint64_t pages;   /* mapped */
    uint64_t threads;
};

/* ---- the derivation tree ---- */

#define PARENT_TAG 1ul

static void check_child(struct world *world, const struct slot *parent, const struct slot *child)
{
    CHECK(child->object == parent->object);
    CHECK(!(child->rights & ~parent->rights));
    CHECK(++world->children <= capabilities_in_use);
}

/* The children name each other and their parent. */
static void check_children(struct world *world, const struct slot *slot)
{
    uintptr_t parent = (uintptr_t)&slot->node | PARENT_TAG, expected = parent;
    struct node *node = slot->node.first;

    CHECK(!node == !slot->node.last);
    while (node) {
        CHECK(node->previous == expected);
        check_child(world, slot, slot_of_node(node));
        expected = (uintptr_t)node;
        if (node->next & PARENT_TAG) {
            CHECK(node->next == parent && slot->node.last == node);
            node = 0;
        } else {
            node = (struct node *)node->next;
        }
    }
}

static void check_slot(struct world *world, const struct slot *slot, const struct process *process)
{
    bool root = capability_is_root(slot);

    CHECK(slot->process == process);
    CHECK(slot->handle == (slot->index | (handle_t)slot->generation << 32) && slot->generation);
    CHECK(root == node_is_root(&slot->node) && root == (slot->node.next == 0));
    CHECK(object_is_dead(slot->object) == list_is_linked(&slot->object->doomed));
    if (list_is_linked(&slot->drained.link))
        CHECK(slot->armed && !node_has_children(&slot->node) && object_is(slot->object, OBJECT_ENDPOINT));
    check_children(world, slot);
    world->capabilities++;
    world->derived += !root;
}

/* ---- objects, found at their root capabilities ---- */

static void check_object(struct world *world, struct object *object)
{
    CHECK(object->lives_as == object->type || object_is_dead(object));
    validate_frame(world, virt_to_phys(object) & PAGE_ADDRESS); /* which it lies in */
    world->objects++;
    switch (object->type) {
    case OBJECT_THREAD:
        validate_thread(world, container_of(object, const struct thread, object));
        break;
    case OBJECT_ENDPOINT:
        validate_endpoint(world, endpoint_of(object));
        break;
    case OBJECT_NOTIFICATION:
        validate_notification(world, notification_of(object));
        break;
    case OBJECT_MEMORY:
        validate_memory(world, memory_of(object));
        break;
    }
}

/* ---- processes ---- */

/* The slots that are free form the free list. */
static void check_free_slots(const struct table *table, uint64_t used)
{
    uint64_t free = 0;

    for (uint64_t next = table->first_free; next; next = slot_at(table, next - 1)->badge) {
        const struct slot *slot = slot_at(table, next - 1);

        CHECK(!slot->object && slot->handle == NO_HANDLE);
        CHECK(++free <= table->leaf_count * SLOTS_PER_PAGE);
    }
    CHECK(free + used == table->leaf_count * SLOTS_PER_PAGE);
}

static void enter(struct world *world, struct level *level, struct process *process)
{
    *level = (struct level){.process = process, .charged = PROCESS_OWN_FRAMES};
    world->processes++;
    validate_frame(world, virt_to_phys(process->table.leaves));
    for (unsigned i = 0; i < process->table.leaf_count; i++)
        validate_frame(world, virt_to_phys(process->table.leaves[i]));
    if (process->fault_slot.object) {
        check_slot(world, &process->fault_slot, process);
        level->found++;
    }
}

static void leave(struct world *world, const struct level *level)
{
    const struct process *process = level->process;
    uint64_t fault = process->fault_slot.object != 0, listed = 0;

    CHECK(level->found == process->table.used);
    if (!object_is_dead(&process->object))
        check_free_slots(&process->table, level->found - fault);
    for (const struct link *link = process->threads.next; link != &process->threads; link = link->next) {
        CHECK(link->next->previous == link);
        CHECK(++listed <= level->threads);
    }
    CHECK(listed == level->threads && listed == process->thread_count);
    validate_space(world, &process->space, level->pages + level->threads);
    CHECK(process->account.used == level->charged + process->space.tables + process->table.leaf_count);
    CHECK(process->account.used <= process->account.quota);
}

/* One capability. Returns the process that it is the root of, if that is to be walked next. */
static struct process *check_capability(struct world *world, struct level *level, struct slot *slot)
{
    struct object *object = slot->object;

    check_slot(world, slot, level->process);
    level->found++;
    level->pages += validate_mapping(slot);
    if (!capability_is_root(slot))
        return 0;
    if (object == &level->process->object) { /* init's own */
        check_object(world, object);
        return 0;
    }
    level->charged += object_kinds[object->type].charge(object);
    level->threads += object->type == OBJECT_THREAD;
    check_object(world, object);
    return object->type == OBJECT_PROCESS ? container_of(object, struct process, object) : 0;
}

static void check_processes(struct world *world, struct process *init)
{
    struct level levels[MAX_DEPTH + 1], *level = levels;
    struct slot *slot;

    enter(world, level, init);
    while (level >= levels) {
        slot = table_next(&level->process->table, &level->cursor);
        if (slot) {
            struct process *child = check_capability(world, level, slot);

            if (child)
                enter(world, ++level, child);
        } else {
            leave(world, level--);
        }
    }
}

static void validate(void)
{
    struct world world = {0};

    validate_frames_begin();
    check_processes(&world, thread_table[0]->process); /* the first thread is init's, and stays */
    CHECK(world.processes == process_count);
    CHECK(world.objects == objects_alive);
    CHECK(world.capabilities == capabilities_in_use);
    CHECK(world.derived == world.children);
    CHECK(world.threads == threads_alive);
    validate_scheduling(&world);
    validate_frames_end(&world);
}

bool validate_start(void)
{
    const char *digits = boot_option("validate=");

    for (; digits && *digits >= '0' && *digits <= '9'; digits++)
        interval = interval * 10 + (uint64_t)(*digits - '0');
    alone = !boot_option("shake=");
    return interval;
}

void validate_step(struct percpu *cpu)
{
    if (alone)
        cpu->detour &= ~(uint32_t)DETOUR_DEBUG; /* short paths stay open */
    if (countdown--)
        return;
    countdown = interval - 1;
    validate();
}
