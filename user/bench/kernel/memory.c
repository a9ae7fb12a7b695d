/*
 * Mappings, capabilities, and data in bulk between two processes.
 */
#include "user/lib/memory.h"
#include "user/bench/kernel/bench.h"
#include "user/bench/kernel/bulk.h"

#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)
#define MEBIBYTE   (1ul << 20)

/* ---- one page ---- */

static handle_t memories[FEW];
static char *window; /* room for all, in the same page tables */

static inline void map(unsigned i)
{
    sys_map(SELF, memories[i], window + i * PAGE_SIZE, 0, 1, READ_WRITE);
}

static inline void unmap(unsigned i)
{
    sys_unmap(SELF, memories[i]);
}

static void mappings(void)
{
    for (unsigned i = 0; i < FEW; i++)
        memories[i] = new_memory(1);
    window = address_reserve(FEW);
    report("map_page", COST_OF_EACH(map, unmap),
           "map one page of a Memory whose frame was taken before, where page tables are; no other CPU runs the "
           "process; about 13 user instructions are in it");
    for (unsigned i = 0; i < FEW; i++)
        map(i);
    for (unsigned i = 0; i < FEW; i++)
        EQUAL(*(uint64_t *)(window + i * PAGE_SIZE), 0);
    report("unmap_page", COST_OF_EACH(unmap, map),
           "unmap one page; no other CPU runs the process; about 11 user instructions are in it");
    for (unsigned i = 0; i < FEW; i++)
        EQUAL(sys_cap_delete(SELF, memories[i]), OK);
}

/* ---- one capability ---- */

static handle_t endpoint, badged[FEW];

static inline void mint(unsigned i)
{
    sys_cap_mint(SELF, endpoint, SELF, RIGHT_SEND, i + 1, 0, &badged[i]);
}

static inline void delete (unsigned i)
{
    sys_cap_delete(SELF, badged[i]);
}

static void capabilities(void)
{
    endpoint = new_endpoint();
    report("cap_mint", COST_OF_EACH(mint, delete),
           "mint a badged capability of an endpoint in the own table; about 12 user instructions are in it");
    for (unsigned i = 0; i < FEW; i++)
        mint(i);
    report("cap_delete", COST_OF_EACH(delete, mint),
           "delete a badged capability of an endpoint; about 11 user instructions are in it");
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
}

/* ---- in bulk ---- */

#define MEBIBYTE (1ul << 20)

static void leases(void)
{
    bulk_start(BULK_COPY);
    report("lease_copy_1m", bulk_cost(MEBIBYTE),
           "a call lends 1 MiB, the server in another process copies it by one lease_read and answers: the whole round "
           "trip; the copy itself is 131,072; 24 user instructions are in it");
    bulk_stop();
}

static void moves(void)
{
    bulk_start(BULK_MOVE);
    report("move_4k_roundtrip", bulk_cost(PAGE_SIZE),
           "one page goes with a call to another process and comes back with the answer: two page moves; 14 user "
           "instructions are in it");
    report("move_1m_roundtrip", bulk_cost(MEBIBYTE),
           "256 pages go with a call to another process and come back with the answer: two page moves; 14 user "
           "instructions are in it");
    bulk_stop();
}

void bench_memory(void)
{
    mappings();
    capabilities();
    leases();
    moves();
}
