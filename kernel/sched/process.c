/*
 * Processes: birth, end, and taking apart.
 */
#include "kernel/sched/process.h"
#include "kernel/base/check.h"
#include "kernel/base/trace.h"

unsigned process_count;
static uint32_t last_number;

/* Everything but the payer's side: own account, tables, the kernel's slot. */
static void process_fill(struct process *process, uint64_t quota, unsigned priority, unsigned depth)
{
    process->number = ++last_number;
    process->highest_priority = (uint8_t)priority;
    process->depth = (uint8_t)depth;
    process->account = (struct account){.quota = quota, .used = PROCESS_OWN_FRAMES};
    space_init(&process->space, &process->account);
    table_init(&process->table);
    list_init(&process->threads);
    process->exit.type = EVENT_TYPE_EXIT;
    list_init(&process->exit.link);
    process_count++;
    process->fault_slot.process = process;
    process->fault_slot.generation = 1;
    process->fault_slot.handle = NO_HANDLE;
}

#define SMALLEST_QUOTA (PROCESS_OWN_FRAMES + 1)

int process_create(struct process *payer, uint64_t quota, struct slot *fault, unsigned priority, handle_t *handle)
{
    struct process *process;
    struct slot *slot;
    void *object;
    int status;

    if (quota < SMALLEST_QUOTA || payer->depth == MAX_DEPTH)
        return quota < SMALLEST_QUOTA ? E_QUOTA : E_LIMIT;
    status = object_create(payer, quota, &object, &slot);
    if (status != OK)
        return status;
    process = object;
    process_fill(process, quota, priority, payer->depth + 1u);
    if (fault) {
        slot_fill(&process->fault_slot, fault->object, 0, fault->badge);
        node_insert(&fault->node, &process->fault_slot.node);
    }
    *handle = object_publish(&process->object, OBJECT_PROCESS, slot);
    return OK;
}

struct process *process_create_first(uint64_t quota, handle_t *handle)
{
    struct process *process = page_take();
    struct slot *slot;

    process_fill(process, quota, PRIORITIES - 1, 0);
    CHECK(slot_take(process, &slot) == OK);
    *handle = object_publish(&process->object, OBJECT_PROCESS, slot);
    return process;
}

void process_end(struct process *process, uint64_t status)
{
    struct slot *fault = process_fault_slot(process);

    if (process->ended)
        return;
    if (process->depth == 0)
        panic("init ended, status %lu", status);
    process->ended = true;
    process->exit_status = status;
    trace_rare(TRACE_EXIT, 0, 0, process->number, status);
    schedule_evict(process);
    if (fault) {
        process->exit_badge = fault->badge;
        object_kinds[OBJECT_ENDPOINT].post_event(fault->object, &process->exit);
    }
}

uint64_t process_charge(const struct object *object)
{
    return container_of(object, const struct process, object)->account.quota;
}

#define DELETE_COST 16 /* what deleting a capability counts, in looks at a slot */

/* Deletes the capabilities in its table. True when all are gone. */
static bool empty_table(struct process *process, unsigned budget)
{
    uint64_t end = (uint64_t)process->table.leaf_count * SLOTS_PER_PAGE;

    for (unsigned looks = budget * DELETE_COST; process->destroy_cursor < end; process->destroy_cursor++) {
        struct slot *slot = slot_at(&process->table, process->destroy_cursor);
        unsigned cost = slot->object ? DELETE_COST : 1;

        if (looks < cost)
            return false;
        looks -= cost;
        if (!slot->object)
            continue;
        if (capability_is_root(slot)) {
            object_doom(slot->object); /* comes first on the worklist now */
            return false;
        }
        if (!capability_delete_step(slot))
            return false;
    }
    return true;
}

bool process_destroy_step(struct object *object, unsigned budget)
{
    struct process *process = container_of(object, struct process, object);

    process->ended = true;
    if (schedule_is_in_use(process)) {
        schedule_evict(process);
        return false;
    }
    if (process->fault_slot.object)
        capability_delete_step(&process->fault_slot);
    if (!empty_table(process, budget))
        return false;
    if (process->space.root) {
        if (!space_free_tables(&process->space, budget))
            return false;
        page_free(phys_to_virt(process->space.root));
        process->space.root = 0;
    }
    if (!table_free_step(process, budget))
        return false;
    CHECK(process->account.used == PROCESS_OWN_FRAMES);
    list_remove(&process->exit.link);
    process_count--;
    return true;
}
