/*
 * Copying from and between user address spaces, through the direct map.
 */
#include "kernel/mm/usercopy.h"
#include "kernel/base/memory.h"

#define READABLE (PAGE_PRESENT | PAGE_USER)
#define WRITABLE (READABLE | PAGE_WRITE)

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* May users access the page like this, and is it RAM? */
static inline bool is_accessible(entry_t entry, entry_t needed)
{
    return (entry & (needed | PAGE_DEVICE)) == needed;
}

/* The entry of the page at this address; 0 if it is not accessible. */
static inline const entry_t *entry_for(struct space *space, uint64_t address, entry_t needed)
{
    const entry_t *entry = space_entry(space, address);

    return entry && is_accessible(*entry, needed) ? entry : 0;
}

static inline void *direct(entry_t entry, uint64_t offset)
{
    return phys_to_virt((entry & PAGE_ADDRESS) + offset);
}

uint64_t copy_from_user(struct space *space, void *to, uint64_t from, uint64_t length)
{
    uint64_t done = 0, piece;

    for (; done < length; done += piece) {
        uint64_t offset = (from + done) % PAGE_SIZE;
        const entry_t *source = entry_for(space, from + done, READABLE);

        if (!source)
            break;
        piece = smaller(length - done, PAGE_SIZE - offset);
        memory_copy((char *)to + done, direct(*source, offset), piece);
    }
    return done;
}

/* Whole pages, at most so many, up to the end of a table on either side; the first may be accessed. Returns the bytes
 * copied. */
static uint64_t copy_pages(const entry_t *from, const entry_t *to, uint64_t most)
{
    uint64_t pages = smaller(most, smaller(entries_left(from), entries_left(to))), i;

    for (i = 0; i < pages && is_accessible(from[i], READABLE) && is_accessible(to[i], WRITABLE); i++)
        memory_copy(direct(to[i], 0), direct(from[i], 0), PAGE_SIZE);
    return i * PAGE_SIZE;
}

uint64_t copy_between_users(struct space *from_space, uint64_t from, struct space *to_space, uint64_t to,
                            uint64_t length)
{
    uint64_t done = 0, piece;

    for (; done < length; done += piece) {
        uint64_t from_offset = (from + done) % PAGE_SIZE, to_offset = (to + done) % PAGE_SIZE;
        const entry_t *source = entry_for(from_space, from + done, READABLE);
        const entry_t *target = entry_for(to_space, to + done, WRITABLE);

        if (!source || !target)
            break;
        piece = smaller(length - done, PAGE_SIZE - (from_offset > to_offset ? from_offset : to_offset));
        if (piece == PAGE_SIZE)
            piece = copy_pages(source, target, (length - done) / PAGE_SIZE);
        else
            memory_copy(direct(*target, to_offset), direct(*source, from_offset), piece);
    }
    return done;
}
