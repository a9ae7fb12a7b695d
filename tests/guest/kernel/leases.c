/*
 * Leases: a server reads and writes its client's memory, within the bounds and for the length of the call.
 */
#include "tests/guest/harness/story.h"
#include "user/lib/memory.h"
#include <string.h>

#define CALLER 20
#define MIB    (1ul << 20)

/* What the caller lends; set before it starts. */
static struct lease lent[2];
static unsigned lent_count;
static handle_t endpoint;
static volatile uint64_t call_status;

static void lend(void *unused)
{
    struct message m = message(1);
    (void)unused;
    call_status = 999;
    for (unsigned i = 0; i < lent_count; i++)
        message_lend(&m, (void *)lent[i].address, lent[i].length, (unsigned)lent[i].access);
    call_status = (uint64_t)ipc_call(endpoint, &m, DEADLINE_FOREVER);
}

/* A worker lends [address, address + length); the token of its call. */
static uint64_t lend_range(const void *address, uint64_t length, unsigned access)
{
    struct message m;
    endpoint = new_endpoint();
    lent[0] = (struct lease){(uint64_t)address, length, access};
    lent_count = 1;
    worker(lend, 0, CALLER);
    m = received(endpoint);
    EQUAL(m.lease_count, 1);
    EQUAL(message_page()->leases[0].address, 0); /* the server does not learn where it is */
    EQUAL(message_page()->leases[0].length, length);
    EQUAL(message_page()->leases[0].access, access);
    return m.token;
}

static void fill(unsigned char *bytes, uint64_t length, unsigned seed)
{
    for (uint64_t i = 0; i < length; i++)
        bytes[i] = (unsigned char)(i * 31 + (i >> 8) + seed);
}

static unsigned char *pages(uint64_t count)
{
    unsigned char *memory = pages_allocate(count);
    CHECK(memory != 0);
    return memory;
}

/* Every length around the page and the step of 128 KiB, from and to odd addresses, both ways; neighbours stay. */
static void bytes_arrive_whatever_the_length(void)
{
    static const uint64_t lengths[] = {1, 7, 8, 4095, 4096, 4097, 8191, 100001, 131071, 131072, 131073, 262144};
    unsigned char *theirs = pages(65), *ours = pages(65);
    uint64_t token = lend_range(theirs + 1, 64 * PAGE_SIZE + 100, LEASE_READ | LEASE_WRITE), done;
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        uint64_t length = lengths[i];
        fill(theirs, 65 * PAGE_SIZE, i);
        memset(ours, 0xee, 65 * PAGE_SIZE);
        EQUAL(sys_lease_read(token, 0, 5, ours + 3, length, &done), OK);
        EQUAL(done, length);
        CHECK(memcmp(ours + 3, theirs + 6, length) == 0);
        CHECK(ours[2] == 0xee && ours[3 + length] == 0xee);
        fill(ours, 65 * PAGE_SIZE, i + 100);
        memset(theirs, 0xee, 65 * PAGE_SIZE);
        EQUAL(sys_lease_write(token, 0, 7, ours, length, &done), OK);
        EQUAL(done, length);
        CHECK(memcmp(theirs + 8, ours, length) == 0);
        CHECK(theirs[7] == 0xee && theirs[8 + length] == 0xee);
    }
}

static void a_mebibyte_in_one_call(void)
{
    unsigned char *theirs = pages(257), *ours = pages(257);
    uint64_t token = lend_range(theirs + 123, MIB, LEASE_READ), done;
    fill(theirs, 257 * PAGE_SIZE, 9);
    EQUAL(sys_lease_read(token, 0, 0, ours + 4000, MIB, &done), OK);
    EQUAL(done, MIB);
    CHECK(memcmp(ours + 4000, theirs + 123, MIB) == 0);
}

/* The lease ends where it ends: what lies before is copied, the count says how much. */
static void nothing_beyond_the_bounds(void)
{
    unsigned char *theirs = pages(2), *ours = pages(2);
    uint64_t token = lend_range(theirs, 1000, LEASE_READ | LEASE_WRITE), done;
    memset(theirs, 1, 2 * PAGE_SIZE);
    EQUAL(sys_lease_read(token, 0, 0, ours, 1000, &done), OK);
    EQUAL(sys_lease_read(token, 0, 0, ours, 1001, &done), E_LEASE);
    EQUAL(done, 1000);
    EQUAL(sys_lease_write(token, 0, 990, ours, 20, &done), E_LEASE);
    EQUAL(done, 10);
    EQUAL(theirs[1000], 1);
    EQUAL(sys_lease_read(token, 0, 1000, ours, 1, &done), E_LEASE);
    EQUAL(done, 0);
    EQUAL(sys_lease_read(token, 0, ~0ul, ours, 1, &done), E_LEASE);
    EQUAL(sys_lease_read(token, 0, ~0ul - 5, ours, ~0ul, &done), E_LEASE);
    EQUAL(sys_lease_read(token, 0, 500, ours, ~0ul, &done), E_LEASE);
    EQUAL(done, 500);
    EQUAL(sys_lease_read(token, 0, 1000, ours, 0, &done), OK); /* nothing is always there */
}

static void access_is_what_was_lent(void)
{
    unsigned char *theirs = pages(1), *ours = pages(1);
    uint64_t token = lend_range(theirs, 100, LEASE_READ), done;
    EQUAL(sys_lease_write(token, 0, 0, ours, 1, &done), E_RIGHTS);
    EQUAL(sys_lease_read(token, 1, 0, ours, 1, &done), E_ARGUMENT); /* no second lease */
    EQUAL(sys_lease_read(token, ~0u, 0, ours, 1, &done), E_ARGUMENT);
    token = lend_range(theirs, 100, LEASE_WRITE);
    EQUAL(sys_lease_read(token, 0, 0, ours, 1, &done), E_RIGHTS);
    EQUAL(sys_lease_write(token, 0, 0, ours, 1, &done), OK);
}

/* Two leases are two ranges, whatever their order in memory. */
static void two_leases_do_not_mix(void)
{
    unsigned char *theirs = pages(1), bytes[4] = {0};
    uint64_t done;
    struct message m;
    endpoint = new_endpoint();
    memcpy(theirs, "abcdefgh", 8);
    lent[0] = (struct lease){(uint64_t)theirs + 4, 4, LEASE_READ};
    lent[1] = (struct lease){(uint64_t)theirs, 4, LEASE_WRITE};
    lent_count = 2;
    worker(lend, 0, CALLER);
    m = received(endpoint);
    EQUAL(m.lease_count, 2);
    EQUAL(sys_lease_read(m.token, 0, 0, bytes, 4, &done), OK);
    EQUAL(sys_lease_write(m.token, 1, 0, bytes, 4, &done), OK);
    CHECK(memcmp(theirs, "efghefgh", 8) == 0);
}

/* A hole in the client's range: the copy stops there, with the count; in our own buffer likewise, but it is our fault.
 */
static void holes_stop_the_copy(void)
{
    unsigned char *theirs = address_reserve(8), *ours = pages(8);
    uint64_t token, done;
    EQUAL(sys_map(SELF, new_memory(3), theirs, 0, 3, RIGHT_READ | RIGHT_WRITE), OK);
    EQUAL(sys_map(SELF, new_memory(4), theirs + 4 * PAGE_SIZE, 0, 4, RIGHT_READ), OK);
    token = lend_range(theirs + 100, 8 * PAGE_SIZE - 100, LEASE_READ | LEASE_WRITE);
    EQUAL(sys_lease_read(token, 0, 0, ours, 4 * PAGE_SIZE, &done), E_LEASE);
    EQUAL(done, 3 * PAGE_SIZE - 100);
    EQUAL(sys_lease_read(token, 0, 4 * PAGE_SIZE, ours, PAGE_SIZE, &done), OK);
    EQUAL(sys_lease_write(token, 0, 4 * PAGE_SIZE, ours, PAGE_SIZE, &done), E_LEASE); /* read-only there */
    EQUAL(done, 0);
    EQUAL(sys_lease_read(token, 0, 0, theirs + 2 * PAGE_SIZE, 2 * PAGE_SIZE, &done), E_ADDRESS);
    EQUAL(done, PAGE_SIZE);
    EQUAL(sys_lease_read(token, 0, 0, theirs + 5 * PAGE_SIZE, 8, &done), E_ADDRESS);
    EQUAL(sys_lease_read(token, 0, 0, (void *)0xffff800000100000, 8, &done), E_ADDRESS);
    EQUAL(sys_lease_read(token, 0, 0, (void *)~7ul, 64, &done), E_ADDRESS);
    EQUAL(done, 0);
}

/* A lease that leaves user space, or wraps around, or has no access at all, is refused with the call. */
static void impossible_leases_are_refused(void)
{
    static const struct lease impossible[] = {{0xffff800000000000, 8, LEASE_READ},
                                              {USER_END, 1, LEASE_READ},
                                              {PAGE_SIZE, ~0ul, LEASE_READ},
                                              {USER_END - 8, 9, LEASE_READ},
                                              {PAGE_SIZE, 8, 0},
                                              {PAGE_SIZE, 8, 4},
                                              {PAGE_SIZE, 8, ~0ul}};
    handle_t unheard = new_endpoint();
    for (unsigned i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
        struct message m = message(0);
        message_lend(&m, (void *)impossible[i].address, impossible[i].length, (unsigned)impossible[i].access);
        message_page()->leases[0].access = impossible[i].access;
        EQUAL(ipc_call(unheard, &m, DEADLINE_POLL), E_ARGUMENT);
    }
}

/* The lease is the one of the moment of the call: changing the message page afterwards changes nothing. */
static struct message_page *volatile caller_page;

static void lend_and_tell(void *unused)
{
    caller_page = message_page();
    lend(unused);
}

static void a_lease_cannot_be_changed_later(void)
{
    unsigned char *theirs = pages(2), byte;
    uint64_t done;
    struct message m;
    endpoint = new_endpoint();
    lent[0] = (struct lease){(uint64_t)theirs, 16, LEASE_READ};
    lent_count = 1;
    theirs[0] = 11, theirs[PAGE_SIZE] = 22;
    worker(lend_and_tell, 0, CALLER);
    settle();
    caller_page->leases[0] = (struct lease){(uint64_t)theirs + PAGE_SIZE, ~0ul, LEASE_READ | LEASE_WRITE};
    m = received(endpoint);
    EQUAL(sys_lease_read(m.token, 0, 0, &byte, 1, &done), OK);
    EQUAL(byte, 11);
    EQUAL(sys_lease_write(m.token, 0, 0, &byte, 1, &done), E_RIGHTS);
    EQUAL(sys_lease_read(m.token, 0, 16, &byte, 1, &done), E_LEASE);
}

/* After the answer the token lends nothing any more. */
static void a_lease_ends_with_the_call(void)
{
    unsigned char *theirs = pages(1), byte;
    struct message m = message(0);
    uint64_t done;
    m.token = lend_range(theirs, 10, LEASE_READ);
    EQUAL(ipc_reply(&m), OK);
    EQUAL(sys_lease_read(m.token, 0, 0, &byte, 1, &done), E_STALE);
    settle();
    EQUAL(call_status, OK);
}

/*
 * The client's process is destroyed, or its memory unmapped, while a worker of the server copies a mebibyte over and
 * over: every copy ends with one of three answers, and what it claims to have copied is right.
 */
static void lend_a_mebibyte(void *unused)
{
    struct message m = message(1);
    unsigned char *memory = pages_allocate(256);
    (void)unused;
    memset(memory, 0x5a, MIB);
    message_lend(&m, memory, MIB, LEASE_READ);
    ipc_call(board->cells[0], &m, DEADLINE_FOREVER);
}

static void copy_until_stale(void *buffer)
{
    int status = OK;
    uint64_t done;
    struct message m = received(endpoint);
    board->cells[1] = 1;
    while (status != E_STALE) {
        memset(buffer, 0, MIB);
        status = sys_lease_read(m.token, 0, 0, buffer, MIB, &done);
        CHECK(status == OK || status == E_LEASE || status == E_STALE);
        for (uint64_t i = 0; i < MIB; i += 509)
            EQUAL(((unsigned char *)buffer)[i], i < done ? 0x5a : 0);
    }
    board->cells[1] = 2;
}

static void the_client_may_die_meanwhile(void)
{
    unsigned char *buffer = pages(256);
    endpoint = new_endpoint();
    for (unsigned round = 0; round < 3; round++) {
        handle_t client =
            clone(lend_a_mebibyte, 0, &(struct clone_options){.affinity = 1, .priority = 5, .quota = 700});
        CHECK(client != 0);
        board->cells[1] = 0;
        board->cells[0] = give(endpoint, client, RIGHT_SEND);
        worker(copy_until_stale, buffer, 10);
        EVENTUALLY(board->cells[1] == 1);
        rest((round + 1) * 3 * MILLISECOND);
        EQUAL(sys_cap_delete(SELF, client), OK);
        EVENTUALLY(board->cells[1] == 2);
    }
}

/* The call after it lends nothing, though it comes from the same thread to a server that waits for it. */
static void lend_once(void *bytes)
{
    struct message m = message(1);
    message_lend(&m, bytes, 100, LEASE_READ);
    EQUAL(ipc_call(endpoint, &m, DEADLINE_FOREVER), OK);
    m = message(2);
    ipc_call(endpoint, &m, DEADLINE_FOREVER);
}

static void the_next_call_lends_nothing(void)
{
    struct message m = message(0);
    unsigned char *theirs = pages(1), byte;
    uint64_t done;
    endpoint = new_endpoint();
    worker(lend_once, theirs, STORY_PRIORITY - 1);
    m = received(endpoint);
    EQUAL(sys_lease_read(m.token, 0, 0, &byte, 1, &done), OK);
    m.word_count = m.lease_count = 0;
    EQUAL(ipc_reply_recv(endpoint, &m, sys_clock() + 5 * SECOND), OK);
    EQUAL(m.label, 2);
    EQUAL(m.lease_count, 0);
    EQUAL(sys_lease_read(m.token, 0, 0, &byte, 1, &done), E_ARGUMENT);
    EQUAL(done, 0);
}

int main(void)
{
    RUN(bytes_arrive_whatever_the_length);
    RUN(a_mebibyte_in_one_call);
    RUN(nothing_beyond_the_bounds);
    RUN(access_is_what_was_lent);
    RUN(two_leases_do_not_mix);
    RUN(holes_stop_the_copy);
    RUN(impossible_leases_are_refused);
    RUN(a_lease_cannot_be_changed_later);
    RUN(a_lease_ends_with_the_call);
    RUN(the_next_call_lends_nothing);
    RUN(the_client_may_die_meanwhile);
    finish();
}
