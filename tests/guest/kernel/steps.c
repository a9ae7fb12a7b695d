/*
 * Long calls work in steps: while one goes on, interrupts are taken and whoever is more important runs. The main thread
 * makes the longest calls there are; a watcher on its CPU must not notice.
 */
#include "tests/guest/harness/watcher.h"
#include "user/lib/memory.h"

#define PAGES      12000ul
#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)

static void a_long_map_and_unmap(void)
{
    handle_t memory = new_memory(PAGES);
    char *address = address_reserve(PAGES);
    watchers_begin(1);
    EQUAL(sys_map(SELF, memory, address, 0, PAGES, READ_WRITE), OK);
    EQUAL(sys_protect(SELF, memory, RIGHT_READ), OK);
    EQUAL(sys_protect(SELF, memory, READ_WRITE), OK);
    EQUAL(sys_unmap(SELF, memory), OK);
    EQUAL(sys_map(SELF, memory, address, 0, PAGES, READ_WRITE), OK);
    EQUAL(sys_cap_delete(SELF, memory), OK);
    nobody_was_late();
}

static void a_long_revoke(void)
{
    handle_t root = new_notification(), process, copy;
    watchers_begin(1);
    EQUAL(sys_process_create(600, 0, 0, &process), OK);
    for (unsigned i = 0; i < 15000; i++)
        EQUAL(sys_cap_copy(SELF, root, process, 0, &copy), OK);
    EQUAL(sys_cap_revoke(SELF, root), OK);
    EQUAL(figure(process, PROCESS_CAPABILITIES), 0);
    nobody_was_late();
}

/* A hundred mappings of one object, each of which must be shot down. */
static void a_revoke_of_many_mappings(void)
{
    handle_t root = new_memory(1), copy;
    watchers_begin(1);
    for (unsigned i = 0; i < 500; i++) {
        EQUAL(sys_cap_copy(SELF, root, SELF, RIGHTS_ALL, &copy), OK);
        EQUAL(sys_map(SELF, copy, address_reserve(1), 0, 1, RIGHT_READ), OK);
    }
    EQUAL(sys_cap_revoke(SELF, root), OK);
    nobody_was_late();
}

static void a_process_full_of_everything(void)
{
    handle_t process, handle;
    watchers_begin(1);
    EQUAL(sys_process_create(15000, 0, 0, &process), OK);
    for (unsigned i = 0; i < 300; i++) {
        EQUAL(sys_endpoint_create(process, &handle), OK);
        EQUAL(sys_notification_create(process, &handle), OK);
        EQUAL(sys_memory_create(process, 20, 0, &handle), OK);
        EQUAL(sys_map(process, handle, (char *)HEAP_BASE + i * 0x200000ul, 0, 20, READ_WRITE), OK);
        EQUAL(sys_thread_create(process, PROGRAM_BASE, 0, 0, 0, 1, &handle), OK); /* never has its turn */
    }
    EQUAL(sys_memory_create(process, 3000, 0, &handle), OK);
    EQUAL(sys_map(process, handle, (char *)STACKS_BASE, 0, 3000, READ_WRITE), OK);
    EQUAL(sys_cap_delete(SELF, process), OK);
    nobody_was_late();
}

static handle_t endpoint;

static void lend_much(void *buffer)
{
    struct message m = message(0);
    message_lend(&m, buffer, 4096 * PAGE_SIZE, LEASE_READ);
    ipc_call(endpoint, &m, DEADLINE_FOREVER);
}

static void a_long_lease(void)
{
    char *theirs = pages_allocate(4096), *ours = pages_allocate(4096);
    uint64_t done;
    CHECK(theirs && ours);
    endpoint = new_endpoint();
    worker(lend_much, theirs, STORY_PRIORITY - 1);
    struct message m = received(endpoint);
    watchers_begin(1);
    EQUAL(sys_lease_read(m.token, 0, 0, ours, 4096 * PAGE_SIZE, &done), OK);
    EQUAL(done, 4096 * PAGE_SIZE);
    nobody_was_late();
}

/* Many callers wait for a server; it dies, and all are told. */
static void call(void *unused)
{
    struct message m = message(0);
    (void)unused;
    EQUAL(ipc_call(endpoint, &m, DEADLINE_FOREVER), E_DEAD);
    board->cells[2]++;
}

static void an_endpoint_with_many_callers(void)
{
    endpoint = new_endpoint();
    for (unsigned i = 0; i < 400; i++)
        worker(call, 0, STORY_PRIORITY - 1);
    settle();
    watchers_begin(1);
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
    EVENTUALLY(board->cells[2] == 400);
    nobody_was_late();
}

int main(void)
{
    RUN_ONCE(a_long_map_and_unmap);
    RUN_ONCE(a_long_revoke);
    RUN_ONCE(a_revoke_of_many_mappings);
    RUN_ONCE(a_process_full_of_everything);
    RUN_ONCE(a_long_lease);
    RUN_ONCE(an_endpoint_with_many_callers);
    finish();
}
