/*
 * Mappings, capabilities, and data in bulk between two processes.
 */
#include "user/lib/memory.h"
#include "user/bench/kernel/bench.h"

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
           "process; about 12 user instructions are in it");
    for (unsigned i = 0; i < FEW; i++)
        map(i);
    for (unsigned i = 0; i < FEW; i++)
        EQUAL(*(uint64_t *)(window + i * PAGE_SIZE), 0);
    report("unmap_page", COST_OF_EACH(unmap, map),
           "unmap one page; no other CPU runs the process; about 10 user instructions are in it");
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
           "delete a badged capability of an endpoint; about 10 user instructions are in it");
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
}

/* ---- a lease of 1 MiB ---- */

#define THEIRS board->cells[0]

static void read_leases(void *unused)
{
    char *buffer = pages_allocate(MEBIBYTE / PAGE_SIZE);
    struct message m = message(0);
    (void)unused;
    for (;;) {
        uint64_t done = 0, start;
        CHECK(ipc_reply_recv(THEIRS, &m, DEADLINE_FOREVER) == OK);
        start = instructions();
        int status = sys_lease_read(m.token, 0, 0, buffer, MEBIBYTE, &done);
        m.words[0] = instructions() - start;
        m.words[1] = done;
        m.words[2] = *(uint64_t *)(buffer + done - sizeof(uint64_t));
        m.label = (unsigned)status;
        m.word_count = 3;
        m.lease_count = 0;
    }
}

static void leases(void)
{
    char *buffer = pages_allocate(MEBIBYTE / PAGE_SIZE);
    handle_t process = clone(read_leases, 0, &(struct clone_options){.priority = BENCH_PRIORITY, .quota = 1000});
    uint64_t costs[BATCHES];
    CHECK(buffer && process);
    uint64_t *last = (uint64_t *)(buffer + MEBIBYTE) - 1;
    endpoint = new_endpoint();
    THEIRS = give(endpoint, process, RIGHTS_ALL);
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        struct message m = message(0);
        *last = 1000 + batch;
        message_lend(&m, buffer, MEBIBYTE, LEASE_READ);
        EQUAL(ipc_call(endpoint, &m, DEADLINE_FOREVER), OK);
        EQUAL(m.label, OK);
        EQUAL(m.words[1], MEBIBYTE);
        EQUAL(m.words[2], 1000 + batch);
        costs[batch] = m.words[0];
    }
    report("lease_copy_1m", median(costs, BATCHES),
           "one lease_read of 1 MiB from another process, counted in the server, system call and about 10 user "
           "instructions included; the copy itself is 131,072");
    EQUAL(sys_cap_delete(SELF, process), OK);
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
}

void bench_memory(void)
{
    mappings();
    capabilities();
    leases();
}
