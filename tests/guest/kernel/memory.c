/*
 * Memory objects and their mappings, on one CPU's behalf; what other CPUs see of it is told in shootdown.c.
 */
#include "user/lib/memory.h"
#include "tests/guest/harness/story.h"
#include <string.h>

#define MAPPED (RIGHT_READ | RIGHT_WRITE)

static char *somewhere(uint64_t pages)
{
    char *address = address_reserve(pages);
    CHECK(address != 0);
    return address;
}

static bool is_zero(const void *start, uint64_t bytes)
{
    const uint64_t *words = start;
    for (uint64_t i = 0; i < bytes / sizeof(*words); i++)
        if (words[i])
            return false;
    return true;
}

/* What one process wrote, the next one to get the frame does not read. */
static void new_memory_is_zero(void)
{
    char *address = somewhere(1000);
    for (unsigned round = 0; round < 4; round++) {
        handle_t memory = new_memory(1000);
        EQUAL(sys_map(SELF, memory, address, 0, 1000, MAPPED), OK);
        CHECK(is_zero(address, 1000 * PAGE_SIZE));
        memset(address, 0xaa, 1000 * PAGE_SIZE);
        EQUAL(sys_cap_delete(SELF, memory), OK);
    }
}

static void contiguous_memory_is_zero_too(void)
{
    char *address = somewhere(64);
    for (unsigned round = 0; round < 4; round++) {
        handle_t memory;
        uint64_t first, physical;
        EQUAL(sys_memory_create(SELF, 64, MEMORY_DMA, &memory), OK);
        EQUAL(sys_memory_physical(memory, 0, &first), OK);
        for (uint64_t page = 0; page < 64; page++) {
            EQUAL(sys_memory_physical(memory, page, &physical), OK);
            EQUAL(physical, first + page * PAGE_SIZE);
        }
        EQUAL(sys_memory_physical(memory, 64, &physical), E_ARGUMENT);
        EQUAL(sys_map(SELF, memory, address, 0, 64, MAPPED), OK);
        CHECK(is_zero(address, 64 * PAGE_SIZE));
        memset(address, 0xaa, 64 * PAGE_SIZE);
        EQUAL(sys_cap_delete(SELF, memory), OK);
    }
}

/* Only DMA memory tells where it is, and only to who may know. */
static void physical_addresses_are_a_right(void)
{
    handle_t plain = new_memory(1), memory, copy;
    uint64_t physical;
    EQUAL(sys_memory_create(SELF, 1, MEMORY_DMA, &memory), OK);
    EQUAL(sys_cap_copy(SELF, memory, SELF, RIGHTS_ALL & ~RIGHT_DMA, &copy), OK);
    EQUAL(sys_memory_physical(plain, 0, &physical), E_ARGUMENT);
    EQUAL(sys_memory_physical(copy, 0, &physical), E_RIGHTS);
}

static void sizes_out_of_range_are_refused(void)
{
    handle_t memory;
    EQUAL(sys_memory_create(SELF, 0, 0, &memory), E_ARGUMENT);
    EQUAL(sys_memory_create(SELF, MAX_MEMORY_PAGES + 1, 0, &memory), E_ARGUMENT);
    EQUAL(sys_memory_create(SELF, ~0ul, 0, &memory), E_ARGUMENT);
    EQUAL(sys_memory_create(SELF, MAX_MEMORY_PAGES, 0, &memory), E_QUOTA);
    EQUAL(sys_memory_create(SELF, 1025, MEMORY_DMA, &memory), E_ARGUMENT);
    EQUAL(sys_memory_create(SELF, 1, MEMORY_WRITE_COMBINING, &memory), E_ARGUMENT);
    EQUAL(sys_memory_create(SELF, 1, 8, &memory), E_ARGUMENT);
}

/* Two capabilities of one object are two views of the same bytes, in one process or in two. */
static void shared_memory_is_shared(void)
{
    handle_t memory = new_memory(4), copy;
    char *here = somewhere(4), *there = somewhere(2);
    EQUAL(sys_cap_copy(SELF, memory, SELF, RIGHTS_ALL, &copy), OK);
    EQUAL(sys_map(SELF, memory, here, 0, 4, MAPPED), OK);
    EQUAL(sys_map(SELF, copy, there, 2, 2, RIGHT_READ), OK);
    memset(here, 7, 4 * PAGE_SIZE);
    CHECK(there[0] == 7 && there[2 * PAGE_SIZE - 1] == 7);
    here[2 * PAGE_SIZE] = 9;
    EQUAL(there[0], 9);
    EQUAL(sys_cap_delete(SELF, copy), OK);
    EQUAL(here[2 * PAGE_SIZE], 9);
}

static void map_says_what_is_wrong(void)
{
    handle_t memory = new_memory(4), readable;
    char *address = somewhere(16);
    EQUAL(sys_cap_copy(SELF, memory, SELF, RIGHT_READ, &readable), OK);
    EQUAL(sys_map(SELF, memory, address + 1, 0, 1, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 0, 0, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 0, 5, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 4, 1, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 3, 2, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, ~0ul, 2, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 1, ~0ul, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, 0, 0, 1, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, (char *)USER_FIRST - PAGE_SIZE, 0, 1, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, (char *)MESSAGE_PAGES, 0, 1, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, (char *)MESSAGE_PAGES - PAGE_SIZE, 0, 2, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, (char *)0xffff800000000000, 0, 1, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, (char *)0x800000000000, 0, 1, MAPPED), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 0, 1, 0), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 0, 1, RIGHT_WRITE), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 0, 1, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 0, 1, RIGHT_READ | RIGHT_MINT), E_ARGUMENT);
    EQUAL(sys_map(SELF, memory, address, 0, 1, RIGHT_READ | 1u << 31), E_ARGUMENT);
    EQUAL(sys_map(SELF, readable, address, 0, 1, MAPPED), E_RIGHTS);
    EQUAL(sys_map(SELF, readable, address, 0, 1, RIGHT_READ | RIGHT_EXECUTE), E_RIGHTS);
    EQUAL(sys_map(SELF, readable, address, 0, 1, RIGHT_READ), OK);
    EQUAL(sys_protect(SELF, readable, MAPPED), E_RIGHTS);
    EQUAL(sys_map(SELF, readable, address + 8 * PAGE_SIZE, 0, 1, RIGHT_READ), E_BUSY); /* mapped already */
    EQUAL(sys_map(SELF, memory, address, 0, 1, MAPPED), E_BUSY);                       /* somebody is there */
    EQUAL(sys_map(SELF, own.devices, address, 0, 1, RIGHT_READ), E_ARGUMENT);          /* a root is not memory */
}

/* A map that meets something after hundreds of pages takes all of them out again. */
static void a_map_that_fails_leaves_nothing(void)
{
    handle_t obstacle = new_memory(1), memory = new_memory(800);
    char *address = somewhere(1000);
    uint64_t capabilities;
    EQUAL(sys_map(SELF, obstacle, address + 700 * PAGE_SIZE, 0, 1, MAPPED), OK);
    EQUAL(sys_map(SELF, memory, address, 0, 800, MAPPED), E_BUSY);
    EQUAL(sys_audit(SELF, &capabilities), OK);
    EQUAL(sys_unmap(SELF, obstacle), OK);
    EQUAL(sys_map(SELF, memory, address, 0, 800, MAPPED), OK);
    CHECK(is_zero(address, 800 * PAGE_SIZE));
}

/* One that has no quota left for a page table likewise. */
static void a_map_without_quota_leaves_nothing(void)
{
    handle_t process, memory;
    uint64_t capabilities;
    EQUAL(sys_process_create(1100, 0, 0, &process), OK);
    EQUAL(sys_memory_create(process, 1090, MEMORY_SHAREABLE, &memory), OK); /* three frames are left, five are needed */
    EQUAL(sys_map(process, memory, (void *)HEAP_BASE, 0, 1090, MAPPED), E_QUOTA);
    EQUAL(sys_audit(process, &capabilities), OK);
    EQUAL(sys_map(process, memory, (void *)HEAP_BASE, 0, 512, MAPPED), OK);
    EQUAL(sys_audit(process, &capabilities), OK);
}

static void unmapped_memory_keeps_its_contents(void)
{
    handle_t memory = new_memory(700);
    char *address = somewhere(700);
    EQUAL(sys_map(SELF, memory, address, 0, 700, MAPPED), OK);
    for (unsigned i = 0; i < 700; i++)
        address[i * PAGE_SIZE + i] = (char)(i + 1);
    EQUAL(sys_unmap(SELF, memory), OK);
    EQUAL(sys_unmap(SELF, memory), OK); /* nothing to do is no error */
    EQUAL(sys_map(SELF, memory, address, 0, 700, RIGHT_READ), OK);
    for (unsigned i = 0; i < 700; i++)
        EQUAL(address[i * PAGE_SIZE + i], (char)(i + 1));
}

/* Where memory was, nothing is: the kernel, too, sees it at once. Its view is asked through a call with a buffer. */
static bool kernel_can_read(const void *address)
{
    uint64_t done;
    handle_t ports;
    EQUAL(sys_ioports_create(own.ports, 0x80, 1, &ports), OK); /* a port that nobody listens at */
    int status = sys_port_write_bytes(ports, 0x80, address, 1, &done);
    EQUAL(sys_cap_delete(SELF, ports), OK);
    CHECK(status == OK || status == E_ADDRESS);
    return status == OK;
}

static void a_mapping_goes_with_its_capability(void)
{
    handle_t memory = new_memory(1), first, second;
    char *a = somewhere(1), *b = somewhere(1), *c = somewhere(1);
    EQUAL(sys_cap_copy(SELF, memory, SELF, RIGHTS_ALL, &first), OK);
    EQUAL(sys_cap_copy(SELF, first, SELF, RIGHTS_ALL, &second), OK);
    EQUAL(sys_map(SELF, memory, a, 0, 1, MAPPED), OK);
    EQUAL(sys_map(SELF, first, b, 0, 1, MAPPED), OK);
    EQUAL(sys_map(SELF, second, c, 0, 1, MAPPED), OK);
    CHECK(kernel_can_read(a) && kernel_can_read(b) && kernel_can_read(c));
    EQUAL(sys_cap_revoke(SELF, first), OK);
    CHECK(kernel_can_read(a) && kernel_can_read(b) && !kernel_can_read(c));
    EQUAL(sys_cap_delete(SELF, first), OK);
    CHECK(kernel_can_read(a) && !kernel_can_read(b));
    EQUAL(sys_cap_delete(SELF, memory), OK);
    CHECK(!kernel_can_read(a));
}

/* A mapped capability stays where it is mapped. */
static void a_mapped_capability_cannot_move(void)
{
    handle_t memory = new_memory(1), process, moved;
    EQUAL(sys_process_create(100, 0, 0, &process), OK);
    EQUAL(sys_map(SELF, memory, somewhere(1), 0, 1, MAPPED), OK);
    EQUAL(sys_cap_move(SELF, memory, process, &moved), E_BUSY);
    EQUAL(sys_unmap(SELF, memory), OK);
    EQUAL(sys_cap_move(SELF, memory, process, &moved), OK);
}

/* Whoever holds the original pays: a move takes the charge along, or does not happen. */
static void a_moved_object_is_paid_by_its_new_holder(void)
{
    handle_t memory = new_memory(200), rich, poor, moved;
    uint64_t used = figure(SELF, PROCESS_USED), theirs;
    EQUAL(sys_process_create(300, 0, 0, &rich), OK);
    EQUAL(sys_process_create(100, 0, 0, &poor), OK);
    CHECK(give(own.board, rich, 0) != 0); /* so that its table has a page */
    theirs = figure(rich, PROCESS_USED);
    EQUAL(sys_cap_move(SELF, memory, poor, &moved), E_QUOTA);
    EQUAL(sys_cap_move(SELF, memory, rich, &moved), OK);
    EQUAL(figure(SELF, PROCESS_USED), used + 400 - 202); /* the object, its list, 200 pages */
    CHECK(figure(rich, PROCESS_USED) >= theirs + 202);
    EQUAL(sys_cap_delete(rich, moved), OK);
    EQUAL(figure(rich, PROCESS_USED), theirs);
}

/*
 * An interrupt saves a thread's registers in its object, and touches nothing beside that. Objects and pages are laid
 * alternately, so that most objects have a neighbour that we can read.
 */
__attribute__((naked)) static void spin(void)
{
    __asm__("1: jmp 1b");
}

static void an_interrupt_keeps_to_its_own_frame(void)
{
    enum { NEIGHBOURS = 40 };
    char *pages = somewhere(NEIGHBOURS);
    for (unsigned i = 0; i < NEIGHBOURS; i++) {
        handle_t thread;
        EQUAL(sys_map(SELF, new_memory(1), pages + i * PAGE_SIZE, 0, 1, MAPPED), OK);
        memset(pages + i * PAGE_SIZE, 0x77, PAGE_SIZE);
        EQUAL(sys_thread_create(SELF, (uint64_t)spin, 0, 0, STORY_PRIORITY, 1ul << board->thread_cpu, &thread), OK);
    }
    rest(500 * MILLISECOND); /* each has its time slice, and ends it by an interrupt */
    for (uint64_t i = 0; i < NEIGHBOURS * PAGE_SIZE; i++)
        EQUAL(i << 8 | (unsigned char)pages[i], i << 8 | 0x77);
}

int main(void)
{
    RUN_ONCE(new_memory_is_zero);
    RUN_ONCE(contiguous_memory_is_zero_too);
    RUN_ONCE(physical_addresses_are_a_right);
    RUN_ONCE(sizes_out_of_range_are_refused);
    RUN_ONCE(shared_memory_is_shared);
    RUN_ONCE(map_says_what_is_wrong);
    RUN_ONCE(a_map_that_fails_leaves_nothing);
    RUN_ONCE(a_map_without_quota_leaves_nothing);
    RUN_ONCE(unmapped_memory_keeps_its_contents);
    RUN_ONCE(a_mapping_goes_with_its_capability);
    RUN_ONCE(a_mapped_capability_cannot_move);
    RUN_ONCE(a_moved_object_is_paid_by_its_new_holder);
    RUN(an_interrupt_keeps_to_its_own_frame);
    finish();
}
