#include "tests/guest/harness/wrong.h"
#include "user/lib/memory.h"

struct movable ours, theirs;
handle_t endpoint;
struct wrong wrong[WRONG_RANGES];

static char *mapped(handle_t memory, uint64_t pages, unsigned rights)
{
    char *place = address_reserve(pages);
    EQUAL(sys_map(SELF, memory, place, 0, pages, rights), OK);
    return place;
}

/* Memory that is not movable. */
static unsigned add_other_kinds(unsigned i)
{
    handle_t dma, device;
    EQUAL(sys_memory_create(SELF, 4, MEMORY_DMA, &dma), OK);
    EQUAL(sys_memory_device(own.devices, 0xfed00000, 1, 0, &device), OK);
    wrong[i++] = (struct wrong){range_at(mapped(new_memory(4), 4, READ_WRITE), 2), E_TYPE};
    wrong[i++] = (struct wrong){range_at(mapped(dma, 4, READ_WRITE), 2), E_TYPE};
    wrong[i++] = (struct wrong){range_at(mapped(device, 1, READ_WRITE), 1), E_TYPE};
    wrong[i++] = (struct wrong){range_at((void *)((uintptr_t)add_other_kinds & ~(PAGE_SIZE - 1)), 1), E_TYPE};
    wrong[i++] = (struct wrong){range_at((void *)STACKS_BASE, 1), E_TYPE};
    wrong[i++] = (struct wrong){range_at(message_page(), 1), E_ARGUMENT}; /* nobody's mapping */
    return i;
}

/* Movable Memory, but not like this. */
static unsigned add_bad_places(unsigned i)
{
    struct movable two = movable_at(address_reserve(4), 2, 500);
    movable_at(two.place + 2 * PAGE_SIZE, 2, 510); /* right behind: two mappings */
    wrong[i++] = (struct wrong){range_at(two.place, 3), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at(ours.place + 1, 1), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at(ours.place + PAGE_SIZE - 8, 1), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at(ours.place, 0), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at(ours.place + 7 * PAGE_SIZE, 2), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at(address_reserve(1), 1), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at((void *)0x7f0000000000, 1), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at((void *)USER_END, 1), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at((void *)0xffff800000100000, 1), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at((void *)(~0ul << 12), ~0ul), E_ARGUMENT};
    return i;
}

void set_the_scene(void)
{
    unsigned i;
    struct movable constant = movable(4, 600);
    ours = movable(8, 100);
    theirs = movable(8, 2000);
    endpoint = new_endpoint();
    EQUAL(sys_protect(SELF, constant.memory, RIGHT_READ), OK);
    i = add_other_kinds(0);
    i = add_bad_places(i);
    wrong[i++] = (struct wrong){range_at(constant.place + PAGE_SIZE, 2), E_RIGHTS};
    wrong[i++] = (struct wrong){range_at(ours.place, ~0ul), E_ARGUMENT};
    wrong[i++] = (struct wrong){range_at(ours.place, 9), E_ARGUMENT};
    EQUAL(i, WRONG_RANGES);
}

void expect_as_before(void)
{
    uint64_t found;
    expect_tags(ours.place, 8, 100);
    expect_tags(theirs.place, 8, 2000);
    EQUAL(sys_audit(SELF, &found), OK);
}
