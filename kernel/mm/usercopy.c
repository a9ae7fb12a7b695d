/*
 * Copying from and between user address spaces, through the direct map.
 */
#include "kernel/mm/usercopy.h"
#include "kernel/base/memory.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t to_page_end(uint64_t address)
{
    return PAGE_SIZE - address % PAGE_SIZE;
}

/* A place in user memory, with its page-table entry, so that the next page is found without a walk. */
struct cursor {
    struct space *space;
    uint64_t address;
    entry_t needed;       /* bits that its entries must have */
    const entry_t *entry; /* of the page at `address`; 0: there is no table for it */
};

static inline struct cursor cursor_at(struct space *space, uint64_t address, bool write)
{
    entry_t needed = PAGE_PRESENT | PAGE_USER | (write ? PAGE_WRITE : 0);

    return (struct cursor){space, address, needed, space_entry(space, address)};
}

static inline bool is_accessible(entry_t entry, entry_t needed)
{
    return (entry & (needed | PAGE_DEVICE)) == needed;
}

static inline bool cursor_is_accessible(const struct cursor *cursor)
{
    return cursor->entry && is_accessible(*cursor->entry, cursor->needed);
}

/* The direct-map address of the byte at the cursor. */
static inline void *cursor_byte(const struct cursor *cursor)
{
    return phys_to_virt((*cursor->entry & PAGE_ADDRESS) + cursor->address % PAGE_SIZE);
}

static inline void cursor_advance(struct cursor *cursor, uint64_t bytes)
{
    cursor->address += bytes;
    if (cursor->address % PAGE_SIZE)
        return;
    cursor->entry += bytes / PAGE_SIZE ? bytes / PAGE_SIZE : 1;
    if ((uintptr_t)cursor->entry % PAGE_SIZE == 0) /* past the table's end */
        cursor->entry = space_entry(cursor->space, cursor->address);
}

uint64_t copy_from_user(struct space *space, void *to, uint64_t from, uint64_t length)
{
    struct cursor source = cursor_at(space, from, false);
    uint64_t done = 0, piece;

    for (; done < length && cursor_is_accessible(&source); done += piece) {
        piece = smaller(length - done, to_page_end(source.address));
        memory_copy((char *)to + done, cursor_byte(&source), piece);
        cursor_advance(&source, piece);
    }
    return done;
}

/* Whole pages, at most so many, as long as neither table ends. Returns the bytes copied. */
static uint64_t copy_pages(const struct cursor *source, const struct cursor *target, uint64_t most)
{
    const entry_t *from = source->entry, *to = target->entry;
    uint64_t pages = smaller(most, smaller(entries_left(from), entries_left(to))), i;

    for (i = 0; i < pages; i++) {
        if (!is_accessible(from[i], source->needed) || !is_accessible(to[i], target->needed))
            break;
        memory_copy(phys_to_virt(to[i] & PAGE_ADDRESS), phys_to_virt(from[i] & PAGE_ADDRESS), PAGE_SIZE);
    }
    return i * PAGE_SIZE;
}

/* Bytes, at most so many, up to the end of a page on either side. Returns how many. */
static uint64_t copy_bytes(const struct cursor *source, const struct cursor *target, uint64_t most)
{
    uint64_t bytes = smaller(most, smaller(to_page_end(source->address), to_page_end(target->address)));

    memory_copy(cursor_byte(target), cursor_byte(source), bytes);
    return bytes;
}

uint64_t copy_between_users(struct space *from_space, uint64_t from, struct space *to_space, uint64_t to,
                            uint64_t length)
{
    struct cursor source = cursor_at(from_space, from, false), target = cursor_at(to_space, to, true);
    uint64_t done = 0, piece;

    for (; done < length && cursor_is_accessible(&source) && cursor_is_accessible(&target); done += piece) {
        if ((source.address | target.address) % PAGE_SIZE == 0 && length - done >= PAGE_SIZE)
            piece = copy_pages(&source, &target, (length - done) / PAGE_SIZE);
        else
            piece = copy_bytes(&source, &target, length - done);
        cursor_advance(&source, piece);
        cursor_advance(&target, piece);
    }
    return done;
}
