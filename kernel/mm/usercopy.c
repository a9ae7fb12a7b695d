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

uint64_t copy_from_user(const struct space *space, void *to, uint64_t from, uint64_t length)
{
    uint64_t done = 0;

    while (done < length) {
        uint64_t piece = smaller(length - done, to_page_end(from + done));
        const void *source = space_access(space, from + done, false);

        if (!source)
            break;
        memory_copy((char *)to + done, source, piece);
        done += piece;
    }
    return done;
}

uint64_t copy_between_users(const struct space *from_space, uint64_t from, const struct space *to_space, uint64_t to,
                            uint64_t length)
{
    uint64_t done = 0;

    while (done < length) {
        uint64_t piece = smaller(length - done, smaller(to_page_end(from + done), to_page_end(to + done)));
        const void *source = space_access(from_space, from + done, false);
        void *target = space_access(to_space, to + done, true);

        if (!source || !target)
            break;
        memory_copy(target, source, piece);
        done += piece;
    }
    return done;
}
