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
#define PAGE_OWNER(index) (((entry_t)(index)&7) << 9 | (entry_t)(index) >> 3 << 52)
_Static_assert(MAX_CAPABILITIES == 1 << 14, "an entry has 14 bits for the owner");
static inline unsigned entry_owner(entry_t entry)
{
    return (unsigned)(entry >> 9 & 7) | (unsigned)(entry >> 52 & 0x7ff) << 3;
}

struct space {
    phys_t root;
    struct account *account;
    uint64_t tables; /* table pages below the root, charged */
};

/* Takes the root page (charged by the caller). */
void space_init(struct space *space, struct account *account);

/* The leaf entry of a user address, or 0 if its table does not exist. */
entry_t *space_entry(const struct space *space, uint64_t address);

/* Enters one page. E_BUSY: something is there; E_QUOTA: no room for a table. */
int space_enter(struct space *space, uint64_t address, entry_t entry);

/* Frees at most `budget` tables, lowest first; true when only the root is left. */
bool space_free_tables(struct space *space, unsigned budget);

/*
 * User memory as the kernel may touch it: the direct-map address of the byte at `address`, or 0 if it is not mapped for
 * users, not writable though `write`, or not RAM. Good until the end of its page, while the lock is held.
 */
void *space_access(const struct space *space, uint64_t address, bool write);
