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

/* A place in user memory, with the lowest table that maps it, so that the next page is found without a walk. */
struct cursor {
    const struct space *space;
    uint64_t address;
    entry_t needed;       /* bits that its entries must have */
    const entry_t *entry; /* of the page at `address`; 0: look it up */
};

static struct cursor cursor_at(const struct space *space, uint64_t address, bool write)
{
    return (struct cursor){space, address, PAGE_PRESENT | PAGE_USER | (write ? PAGE_WRITE : 0), 0};
}

/* The direct-map address of the byte at the cursor, 0 if it may not be touched. */
static void *cursor_byte(struct cursor *cursor)
{
    if (!cursor->entry && !(cursor->entry = space_entry(cursor->space, cursor->address)))
        return 0;
    if ((*cursor->entry & (cursor->needed | PAGE_DEVICE)) != cursor->needed)
        return 0;
    return phys_to_virt((*cursor->entry & PAGE_ADDRESS) + cursor->address % PAGE_SIZE);
}

static void cursor_advance(struct cursor *cursor, uint64_t bytes)
{
    cursor->address += bytes;
    if (cursor->address % PAGE_SIZE == 0)
        cursor->entry = (uintptr_t)(cursor->entry + 1) % PAGE_SIZE ? cursor->entry + 1 : 0; /* 0 past the table's end */
}

uint64_t copy_from_user(const struct space *space, void *to, uint64_t from, uint64_t length)
{
    struct cursor source = cursor_at(space, from, false);
    uint64_t done = 0, piece;

    for (; done < length; done += piece) {
        const void *bytes = cursor_byte(&source);

        if (!bytes)
            break;
        piece = smaller(length - done, to_page_end(source.address));
        memory_copy((char *)to + done, bytes, piece);
        cursor_advance(&source, piece);
    }
    return done;
}

uint64_t copy_between_users(const struct space *from_space, uint64_t from, const struct space *to_space, uint64_t to,
                            uint64_t length)
{
    struct cursor source = cursor_at(from_space, from, false), target = cursor_at(to_space, to, true);
    uint64_t done = 0, piece;

    for (; done < length; done += piece) {
        const void *bytes = cursor_byte(&source);
        void *place = cursor_byte(&target);

        if (!bytes || !place)
            break;
        piece = smaller(length - done, smaller(to_page_end(source.address), to_page_end(target.address)));
        memory_copy(place, bytes, piece);
        cursor_advance(&source, piece);
        cursor_advance(&target, piece);
    }
    return done;
}
