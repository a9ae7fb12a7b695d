#include "tests/guest/harness/movable.h"
#include "user/lib/memory.h"

struct movable movable(uint64_t pages, uint64_t tag)
{
    return movable_at(address_reserve(pages), pages, tag);
}

struct movable movable_at(char *place, uint64_t pages, uint64_t tag)
{
    struct movable made = {.place = place, .pages = pages};
    EQUAL(sys_memory_create(SELF, pages, MEMORY_MOVABLE, &made.memory), OK);
    EQUAL(sys_map(SELF, made.memory, made.place, 0, pages, READ_WRITE), OK);
    for (uint64_t i = 0; i < pages; i++)
        *tag_of(made.place, i) = tag + i;
    return made;
}

void expect_tags(const void *place, uint64_t pages, uint64_t tag)
{
    for (uint64_t i = 0; i < pages; i++)
        EQUAL(*tag_of(place, i), tag + i);
}

handle_t moving_partner(void (*run)(void *argument), handle_t *endpoint)
{
    struct clone_options options = {.quota = 4000, .priority = PARTNER_PRIORITY, .affinity = 1ul << board->thread_cpu};
    handle_t process;
    PARTNER_ENDPOINT = 0;
    *endpoint = new_endpoint();
    process = clone(run, 0, &options);
    CHECK(process != 0);
    PARTNER_ENDPOINT = give(*endpoint, process, RIGHTS_ALL);
    CHECK(PARTNER_ENDPOINT != 0);
    return process;
}
