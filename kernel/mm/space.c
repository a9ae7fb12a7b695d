/*
 * Page tables of user address spaces.
 */
#include "kernel/mm/space.h"
#include "kernel/base/check.h"
#include "kernel/base/memory.h"

#define TOP_LEVEL        4
#define USER_TOP_ENTRIES 256 /* of the root */
#define NO_REGION        ~0ul
#define TABLE_BITS       (PAGE_PRESENT | PAGE_WRITE | PAGE_USER)

static entry_t *table_of(entry_t entry)
{
    return phys_to_virt(entry & PAGE_ADDRESS);
}

static unsigned table_index(uint64_t address, unsigned level)
{
    return address >> (PAGE_SHIFT + 9 * (level - 1)) & (TABLE_ENTRIES - 1);
}

void space_init(struct space *space, struct account *account)
{
    entry_t *root = page_take();
    const entry_t *kernel = phys_to_virt(kernel_root);

    memory_copy(root + USER_TOP_ENTRIES, kernel + USER_TOP_ENTRIES,
                (TABLE_ENTRIES - USER_TOP_ENTRIES) * sizeof(entry_t));
    *space = (struct space){.root = virt_to_phys(root), .account = account, .last_region = NO_REGION};
}

/* The leaf entry, and next time without a walk. */
static entry_t *found(struct space *space, entry_t *table, uint64_t address)
{
    space->last_region = REGION(address);
    space->last_table = table;
    return &table[table_index(address, 1)];
}

entry_t *space_walk(struct space *space, uint64_t address)
{
    entry_t *table = phys_to_virt(space->root);

    if (address >= USER_END)
        return 0;
#pragma GCC unroll 3
    for (unsigned level = TOP_LEVEL; level > 1; level--) {
        entry_t entry = table[table_index(address, level)];

        if (!(entry & PAGE_PRESENT))
            return 0;
        table = table_of(entry);
    }
    return found(space, table, address);
}

int space_make_entry(struct space *space, uint64_t address, entry_t **entry)
{
    entry_t *table = phys_to_virt(space->root);

    CHECK(address < USER_END);
    if (REGION(address) == space->last_region) {
        *entry = space_entry(space, address);
        return OK;
    }
#pragma GCC unroll 3
    for (unsigned level = TOP_LEVEL; level > 1; level--) {
        entry_t *place = &table[table_index(address, level)];

        if (!(*place & PAGE_PRESENT)) {
            if (!account_charge(space->account, 1))
                return E_QUOTA;
            *place = virt_to_phys(page_take()) | TABLE_BITS;
            space->tables++;
        }
        table = table_of(*place);
    }
    *entry = found(space, table, address);
    return OK;
}

int space_enter(struct space *space, uint64_t address, entry_t entry)
{
    entry_t *place;
    int status = space_make_entry(space, address, &place);

    if (status == OK && *place)
        status = E_BUSY;
    if (status == OK)
        *place = entry;
    return status;
}

/* Frees the tables below `table`, which is of this level, while the budget lasts. True when there are none any more. */
static bool free_below(struct space *space, entry_t *table, unsigned level, unsigned *budget)
{
    unsigned entries = level == TOP_LEVEL ? USER_TOP_ENTRIES : TABLE_ENTRIES;

    for (unsigned i = memory_zeroes(table, entries); i < entries; i += memory_zeroes(table + i, entries - i)) {
        if ((level > 2 && !free_below(space, table_of(table[i]), level - 1, budget)) || !*budget)
            return false;
        --*budget;
        page_free(table_of(table[i]));
        table[i] = 0;
        space->tables--;
        account_refund(space->account, 1);
    }
    return true;
}

bool space_free_tables(struct space *space, unsigned budget)
{
    space->last_region = NO_REGION;
    return free_below(space, phys_to_virt(space->root), TOP_LEVEL, &budget);
}

void *space_access(struct space *space, uint64_t address, bool write)
{
    const entry_t *entry = space_entry(space, address);
    entry_t needed = PAGE_PRESENT | PAGE_USER | (write ? PAGE_WRITE : 0);

    if (!entry || (*entry & needed) != needed || *entry & PAGE_DEVICE)
        return 0;
    return phys_to_virt((*entry & PAGE_ADDRESS) + address % PAGE_SIZE);
}
