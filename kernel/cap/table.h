/*
 * A process's capability table: two levels, a root page of pointers to leaf pages of slots. Leaf pages are taken one by
 * one and charged, and freed only with the process, so that a slot's address and generation stay meaningful.
 *
 * A slot is free if and only if its object is 0 and its handle NO_HANDLE; free slots form a list through `badge`. A
 * slot's generation grows each time it is freed, so a stale handle never names the slot's next tenant.
 * Context of everything here: kernel lock held (or boot).
 */
#pragma once
#include "kernel/base/object.h"
#include "kernel/cap/derive.h"
#include "kernel/mm/memory.h"

struct process;

#define NO_HANDLE (~0ul) /* its index lies outside every table */

struct slot {
    struct object *object;
    uint64_t badge;
    handle_t handle;     /* what names it now; NO_HANDLE if it is free */
    uint32_t generation; /* of this tenant or the next, never 0 */
    uint16_t index;      /* in its table */
    uint8_t rights;
    bool armed; /* `drained` when the last child disappears */
    struct process *process;
    struct node node; /* its place in the derivation tree */
    struct mapping mapping;
    struct event drained;
} __attribute__((aligned(128)));
#define SLOTS_PER_PAGE 32u
_Static_assert(sizeof(struct slot) * SLOTS_PER_PAGE <= PAGE_SIZE, "a leaf holds 32 slots");
#define LEAVES (MAX_CAPABILITIES / SLOTS_PER_PAGE)

struct table {
    struct slot **leaves; /* one page of pointers */
    unsigned leaf_count;
    uint64_t first_free; /* index + 1; 0 = none */
    uint64_t used;
};
extern uint64_t capabilities_in_use; /* in all tables */

static inline struct slot *slot_of_node(struct node *node)
{
    return container_of(node, struct slot, node);
}

/* Takes the root page (charged by the caller). */
void table_init(struct table *table);

/* An empty slot, off the free list, with room charged if the table grew. E_QUOTA, E_LIMIT. */
int slot_take(struct process *process, struct slot **slot);
/* Fills a taken slot with a capability that has no relations yet. */
void slot_fill(struct slot *slot, struct object *object, unsigned rights, uint64_t badge);
/* Puts an empty slot (object 0) back on the free list. */
void slot_give_back(struct slot *slot);
/* Empties a slot that is off the tree, and gives it back. */
void slot_clear(struct slot *slot);

static inline struct slot *slot_at(const struct table *table, uint64_t index)
{
    return &table->leaves[index / SLOTS_PER_PAGE][index % SLOTS_PER_PAGE];
}
/* The slot a handle names, or 0. Also finds capabilities of dead objects. */
static inline struct slot *slot_find(const struct table *table, handle_t handle)
{
    uint32_t leaf = (uint32_t)handle / SLOTS_PER_PAGE;
    struct slot *slot;

    if (leaf >= table->leaf_count)
        return 0;
    slot = &table->leaves[leaf][handle % SLOTS_PER_PAGE];
    return slot->handle == handle ? slot : 0;
}
/* The object's slot if the handle names a live object of this type with these rights; else a status. */
static inline int slot_resolve(const struct table *table, handle_t handle, enum object_type type, unsigned rights,
                               struct slot **slot)
{
    struct slot *found = slot_find(table, handle);

    *slot = found;
    if (!found)
        return E_HANDLE;
    if (!object_is(found->object, type))
        return found->object->type == type ? E_DEAD : E_TYPE;
    return (found->rights & rights) == rights ? OK : E_RIGHTS;
}

/* Walks the slots from index *cursor on to the next one in use; 0 at the end. */
struct slot *table_next(const struct table *table, uint64_t *cursor);
/* Frees all pages of a table without capabilities; refunds the leaves. */
bool table_free_step(struct process *process, unsigned budget);
