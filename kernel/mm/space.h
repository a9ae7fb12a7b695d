/*
 * A user address space: the lower half of a four-level page table. The upper half is the kernel's and never changes.
 *
 * Life: space_init -> space_enter ... -> space_free_tables until done, when no CPU has it loaded.
 * Table pages are charged to the space's account and stay until the process ends.
 * Context of everything here: kernel lock held (or boot).
 */
#pragma once
#include "kernel/abi/status.h"
#include "kernel/mm/page.h"

typedef uint64_t entry_t; /* a page-table entry */
#define TABLE_ENTRIES 512u
enum page_bits {
    PAGE_PRESENT = 1ul << 0,
    PAGE_WRITE = 1ul << 1,
    PAGE_USER = 1ul << 2,
    PAGE_WRITE_THROUGH = 1ul << 3,
    PAGE_NO_CACHE = 1ul << 4,
    PAGE_ATTRIBUTE = 1ul << 7, /* PAT entry 4: write combining */
};
#define PAGE_NO_EXECUTE (1ul << 63)
#define PAGE_ADDRESS    0x000ffffffffff000ul
#define PAGE_DEVICE     (PAGE_NO_CACHE | PAGE_ATTRIBUTE) /* either: no RAM behind it, so not in the direct map */

/*
 * The owner of an entry: the index of the capability that mapped the page, in the bits that the CPU leaves to us. The
 * entry of a page that moved away stays, not present, with no frame and the same owner: a hole. The capability's
 * mapping still covers it, so nobody else may map there.
 */
#define PAGE_OWNER(index) (((entry_t)(index)&0x7ff) << 52 | (entry_t)(index) >> 11 << 9)
_Static_assert(MAX_CAPABILITIES == 1 << 14, "an entry has 14 bits for the owner");
static inline unsigned entry_owner(entry_t entry)
{
    return (unsigned)(entry >> 52 & 0x7ff) | (unsigned)(entry & 0xe00) << 2;
}

struct space {
    phys_t root;
    struct account *account;
    uint64_t tables; /* table pages below the root, charged */

    /* The leaf table that was found last, and which addresses it is for. No table is taken away before the end. */
    uint64_t last_region;
    entry_t *last_table;
};
#define REGION(address) ((address) / (TABLE_ENTRIES * PAGE_SIZE))

/* Takes the root page (charged by the caller). */
void space_init(struct space *space, struct account *account);

entry_t *space_walk(struct space *space, uint64_t address); /* the long way of space_entry() */
/* The leaf entry of an address, or 0 if its table does not exist or the address is not a user's. */
static inline entry_t *space_entry(struct space *space, uint64_t address)
{
    if (REGION(address) != space->last_region)
        return space_walk(space, address);
    return &space->last_table[address / PAGE_SIZE % TABLE_ENTRIES];
}
/* The leaf entry of an address below USER_END, with tables made where they are missing. E_QUOTA. */
int space_make_entry(struct space *space, uint64_t address, entry_t **entry);
/* Entries from this one to the end of its table: those of the pages that follow, without another walk. */
static inline uint64_t entries_left(const entry_t *entry)
{
    return TABLE_ENTRIES - (uintptr_t)entry % PAGE_SIZE / sizeof(entry_t);
}

/* Enters one page. E_BUSY: something is there; E_QUOTA: no room for a table. */
int space_enter(struct space *space, uint64_t address, entry_t entry);

/* Frees at most `budget` tables, lowest first; true when only the root is left. */
bool space_free_tables(struct space *space, unsigned budget);

/*
 * User memory as the kernel may touch it: the direct-map address of the byte at `address`, or 0 if it is not mapped for
 * users, not writable though `write`, or not RAM. Good until the end of its page, while the lock is held.
 */
void *space_access(struct space *space, uint64_t address, bool write);
