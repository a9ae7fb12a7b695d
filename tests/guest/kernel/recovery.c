/*
 * What a supervisor and a server's successor need: objects that outlive their maker, a look into a table, who owes an
 * answer, output that is counted as it is made, input that is noted as it is taken, and ends at a chosen system call.
 */
#include "tests/guest/harness/story.h"
#include "user/lib/memory.h"
#include <string.h>

#define LOW     5
#define NOWHERE 0x80 /* a port that takes everything */

/* What a child was given, once it is told: waits without a system call. */
static handle_t await_gift(void)
{
    while (board->cells[9] == 0)
        __asm__ volatile("pause");
    return board->cells[9];
}

/* A child that runs run(), and its copy of one of our capabilities. */
static handle_t start_with(void (*run)(void *), handle_t fault, handle_t gift)
{
    board->cells[9] = 0;
    handle_t child =
        clone(run, 0, &(struct clone_options){.fault = fault, .priority = LOW, .affinity = 1ul << board->thread_cpu});
    CHECK(child != 0);
    board->cells[9] = give(gift, child, RIGHTS_ALL);
    CHECK(board->cells[9] != 0);
    return child;
}

/* ---- objects that outlive their maker ---- */

static handle_t estate;

/* A child that makes a process and an endpoint in its estate, whose capability it was given, and ends. */
static void leave_something_behind(void *unused)
{
    (void)unused;
    handle_t given = await_gift(), process, endpoint;
    EQUAL(sys_process_create_in(given, 50, 0, 0, &process), OK);
    board->cells[0] = process;
    EQUAL(sys_endpoint_create(given, &endpoint), OK);
}

static void a_process_can_be_made_to_outlive_its_maker(void)
{
    struct message m;
    handle_t endpoint = new_endpoint(), maker, thread, copy;
    EQUAL(sys_process_create(300, 0, 0, &estate), OK);
    uint64_t used = figure(estate, PROCESS_USED);
    maker = start_with(leave_something_behind, endpoint, estate);
    m = received(endpoint);
    EQUAL(m.label, LABEL_EXIT);
    EQUAL(m.words[0], 0);
    EQUAL(sys_cap_delete(SELF, maker), OK);
    EQUAL(sys_cap_copy(estate, board->cells[0], SELF, RIGHTS_ALL, &copy), OK);
    EQUAL(figure(copy, PROCESS_QUOTA), 50);
    CHECK(figure(estate, PROCESS_USED) >= used + 50 + 1);
    EQUAL(sys_thread_create(copy, PROGRAM_BASE, 0, 0, 0, 0, &thread), OK);
    EQUAL(sys_cap_delete(estate, board->cells[0]), OK);
    EQUAL(sys_thread_create(copy, PROGRAM_BASE, 0, 0, 0, 0, &thread), E_HANDLE);
    EQUAL(figure(estate, PROCESS_CAPABILITIES), 1); /* the endpoint; nothing of the child's own */
    EQUAL(sys_cap_delete(SELF, estate), OK);
}

static void the_payer_pays(void)
{
    handle_t process;
    EQUAL(sys_process_create(40, 0, 0, &estate), OK);
    EQUAL(sys_process_create_in(estate, 50, 0, 0, &process), E_QUOTA);
    EQUAL(sys_process_create_in(estate, 20, 0, STORY_HIGHEST + 1, &process), E_ARGUMENT);
    EQUAL(sys_process_create_in(new_endpoint(), 20, 0, 0, &process), E_TYPE);
    EQUAL(sys_process_create_in(estate, 20, 0, 0, &process), OK);
    EQUAL(sys_cap_delete(estate, process), OK);
    EQUAL(sys_process_create_in(estate, 20, 0, 0, &process), OK);
}

/* ---- a look into a table ---- */

static void every_capability_of_a_process_is_found(void)
{
    enum { MANY = 70 };
    handle_t made[MANY], found;
    unsigned known = 0, others = 0;
    EQUAL(sys_process_create(300, 0, 0, &estate), OK);
    for (unsigned i = 0; i < MANY; i++)
        EQUAL(sys_notification_create(estate, &made[i]), OK);
    for (unsigned i = 0; i < MANY; i += 2)
        EQUAL(sys_cap_delete(estate, made[i]), OK);
    uint64_t index = 0;
    for (; sys_cap_at(estate, index, &found) == OK; index++) {
        bool is_known = false;
        for (unsigned i = 1; i < MANY; i += 2)
            is_known |= found == made[i];
        known += is_known;
        others += found != 0 && !is_known;
    }
    EQUAL(known, MANY / 2);
    EQUAL(others, 0);
    EQUAL(figure(estate, PROCESS_CAPABILITIES), MANY / 2);
    EQUAL(sys_cap_at(estate, index, &found), E_ARGUMENT);
    EQUAL(sys_cap_at(estate, ~0ul, &found), E_ARGUMENT);
    EQUAL(sys_cap_at(new_endpoint(), 0, &found), E_TYPE);
}

/* ---- who owes an answer, and how somebody ended ---- */

/* Takes a call, and only much later answers it. */
static void take_and_wait(void *unused)
{
    (void)unused;
    struct message m = message(0);
    EQUAL(ipc_recv(await_gift(), &m, DEADLINE_FOREVER), OK);
    board->cells[0] = 1;
    while (board->cells[1] == 0)
        rest(100 * MICROSECOND);
    EQUAL(ipc_reply(&m), OK);
    board->cells[0] = 2;
    sys_process_exit(0x77);
}

static void ask(void *unused)
{
    (void)unused;
    struct message m = message(1);
    ipc_call(await_gift(), &m, DEADLINE_FOREVER);
}

static void a_server_that_owes_an_answer_is_known(void)
{
    handle_t endpoint = new_endpoint(), served = new_endpoint();
    handle_t server = start_with(take_and_wait, endpoint, served);
    rest(MILLISECOND);
    handle_t client = start_with(ask, 0, served);
    EVENTUALLY(board->cells[0] == 1);
    EQUAL(figure(server, PROCESS_SERVING), 1);
    EQUAL(figure(client, PROCESS_SERVING), 0);
    EQUAL(figure(server, PROCESS_EXIT_STATUS), 0);
    board->cells[1] = 1;
    EQUAL(received(endpoint).words[0], 0x77);
    EQUAL(figure(server, PROCESS_SERVING), 0);
    EQUAL(figure(server, PROCESS_EXIT_STATUS), 0x77);
}

/* ---- counted output ---- */

static void output_is_counted_as_it_is_made(void)
{
    static uint64_t counter = 1000, two[2];
    handle_t ports;
    uint64_t done;
    char text[20] = {0};
    EQUAL(sys_ioports_create(own.ports, NOWHERE, 1, &ports), OK);
    EQUAL(sys_port_write_counted(ports, NOWHERE, text, sizeof(text), &counter, &done), OK);
    EQUAL(done, sizeof(text));
    EQUAL(counter, 1000 + sizeof(text));
    EQUAL(sys_port_write_counted(ports, NOWHERE, text, 3, &counter, &done), OK);
    EQUAL(counter, 1003 + sizeof(text));
    EQUAL(sys_port_write_counted(ports, NOWHERE, text, 3, (uint64_t *)((char *)two + 4), &done), E_ARGUMENT);
    EQUAL(sys_port_write_counted(ports, NOWHERE, text, 3, (uint64_t *)8, &done), E_ADDRESS);
    static const uint64_t constant = 7; /* in read-only memory */
    EQUAL(sys_port_write_counted(ports, NOWHERE, text, 3, (uint64_t *)&constant, &done), E_ADDRESS);
    EQUAL(sys_port_write_counted(ports, NOWHERE, (char *)8, 3, &counter, &done), E_ADDRESS);
    EQUAL(counter, 1003 + sizeof(text));
}

static void input_is_noted_as_it_is_taken(void)
{
    static struct port_input input = {.count = 1000};
    static const struct port_input constant = {7, 7}; /* in read-only memory */
    handle_t ports;
    EQUAL(sys_ioports_create(own.ports, NOWHERE, 1, &ports), OK);
    EQUAL(sys_port_read_counted(ports, NOWHERE, 1, &input), OK);
    EQUAL(input.value, 0xff);
    EQUAL(input.count, 1001);
    EQUAL(sys_port_read_counted(ports, NOWHERE, 2, &input), E_ARGUMENT);
    EQUAL(sys_port_read_counted(ports, NOWHERE, 1, (struct port_input *)((char *)&input + 8)), E_ARGUMENT);
    EQUAL(sys_port_read_counted(ports, NOWHERE, 1, (struct port_input *)16), E_ADDRESS);
    EQUAL(sys_port_read_counted(ports, NOWHERE, 1, (struct port_input *)&constant), E_ADDRESS);
    EQUAL(input.count, 1001);
}

/* ---- the n-th system call ---- */

static void count_calls(void *unused)
{
    (void)unused;
    await_gift();
    for (;;) {
        board->cells[0]++;
        sys_null();
    }
}

static void a_process_ends_at_its_nth_system_call(void)
{
    handle_t endpoint = new_endpoint();
    for (unsigned n = 1; n <= 100; n += 33) {
        board->cells[0] = board->cells[9] = 0;
        handle_t victim = clone(count_calls, 0, &(struct clone_options){.fault = endpoint, .priority = LOW});
        CHECK(victim != 0);
        EQUAL(sys_process_countdown(victim, 1000), OK);
        EQUAL(sys_process_countdown(victim, n), OK);
        board->cells[9] = 1;
        EQUAL(received(endpoint).words[0], COUNTDOWN_STATUS);
        EQUAL(board->cells[0], n);
        EQUAL(sys_cap_delete(SELF, victim), OK);
    }
}

static void a_countdown_can_be_taken_back(void)
{
    handle_t endpoint = new_endpoint(), victim = start_with(count_calls, endpoint, endpoint);
    EQUAL(sys_process_countdown(victim, 1000000000), OK);
    EQUAL(sys_process_countdown(victim, 0), OK);
    uint64_t before = board->cells[0];
    EVENTUALLY(board->cells[0] > before + 10);
    EQUAL(sys_process_countdown(endpoint, 1), E_TYPE);
    EQUAL(sys_process_countdown(0xdead, 1), E_HANDLE);
    EQUAL(sys_cap_delete(SELF, victim), OK);
}

int main(void)
{
    RUN_ONCE(a_process_can_be_made_to_outlive_its_maker);
    RUN_ONCE(the_payer_pays);
    RUN_ONCE(every_capability_of_a_process_is_found);
    RUN_ONCE(a_server_that_owes_an_answer_is_known);
    RUN_ONCE(output_is_counted_as_it_is_made);
    RUN_ONCE(input_is_noted_as_it_is_taken);
    RUN_ONCE(a_process_ends_at_its_nth_system_call);
    RUN_ONCE(a_countdown_can_be_taken_back);
    finish();
}
