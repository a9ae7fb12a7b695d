/*
 * Capability tables.
 */
#include "kernel/cap/table.h"
#include "kernel/base/check.h"
#include "kernel/cap/process.h"

uint64_t capabilities_in_use;

void table_init(struct table *table)
{
    *table = (struct table){.leaves = page_take()};
}

static int table_grow(struct process *process)
{
    struct table *table = &process->table;
    struct slot *leaf;

    if (table->leaf_count == LEAVES)
        return E_LIMIT;
    if (!account_charge(&process->account, 1))
        return E_QUOTA;
    leaf = page_take();
    table->leaves[table->leaf_count++] = leaf;
    for (unsigned i = SLOTS_PER_PAGE; i-- > 0;) {
        leaf[i].index = (uint16_t)((table->leaf_count - 1) * SLOTS_PER_PAGE + i);
        leaf[i].process = process;
        leaf[i].generation = 1;
        leaf[i].handle = NO_HANDLE;
        leaf[i].badge = table->first_free;
        table->first_free = leaf[i].index + 1ul;
    }
    return OK;
}

int slot_take(struct process *process, struct slot **slot)
{
    struct table *table = &process->table;

    if (!table->first_free) {
        int status = table_grow(process);

        if (status != OK)
            return status;
    }
    *slot = slot_at(table, table->first_free - 1);
    table->first_free = (*slot)->badge;
    return OK;
}

void slot_fill(struct slot *slot, struct object *object, unsigned rights, uint64_t badge)
{
    slot->object = object;
    slot->handle = slot->index | (handle_t)slot->generation << 32;
    slot->rights = (uint8_t)rights;
    slot->badge = badge;
    slot->armed = false;
    slot->mapping = (struct mapping){0};
    slot->drained.type = EVENT_TYPE_DRAINED;
    list_init(&slot->drained.link);
    node_init(&slot->node);
    slot->process->table.used++;
    capabilities_in_use++;
}

void slot_give_back(struct slot *slot)
{
    struct table *table = &slot->process->table;

    slot->badge = table->first_free;
    table->first_free = slot->index + 1ul;
}

void slot_clear(struct slot *slot)
{
    list_remove(&slot->drained.link);
    slot->object = 0;
    slot->handle = NO_HANDLE;
    if (++slot->generation == 0)
        slot->generation = 1;
    slot->process->table.used--;
    capabilities_in_use--;
    if (slot != &slot->process->fault_slot)
        slot_give_back(slot);
}

struct slot *table_next(const struct table *table, uint64_t *cursor)
{
    while (*cursor < (uint64_t)table->leaf_count * SLOTS_PER_PAGE) {
        struct slot *slot = slot_at(table, (*cursor)++);

        if (slot->object)
            return slot;
    }
    return 0;
}

bool table_free_step(struct process *process, unsigned budget)
{
    struct table *table = &process->table;

    CHECK(table->used == 0);
    for (; table->leaf_count && budget; budget--) {
        page_free(table->leaves[--table->leaf_count]);
        account_refund(&process->account, 1);
    }
    if (table->leaf_count)
        return false;
    page_free(table->leaves);
    return true;
}
