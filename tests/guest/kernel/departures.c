/*
 * The end of one side while pages wait to move: they stay with their sender, or go with it; and pages and faults.
 */
#include "tests/guest/harness/movable.h"
#include "tests/guest/harness/patient.h"

#define PENDING 999ul
#define STATUS  board->cells[100]
#define SOON    (sys_clock() + 5 * SECOND)

static struct movable ours, theirs;
static handle_t endpoint, through; /* the sender's capability */
static uint64_t deadline;

/* ---- a sender that waits ---- */

static void send_two(void *unused)
{
    struct message m = message(1);
    (void)unused;
    message_move(&m, ours.place, 2);
    STATUS = PENDING;
    STATUS = (uint64_t)ipc_send(through, &m, deadline);
}

static void let_one_wait(uint64_t until)
{
    ours = movable(4, 100);
    theirs = movable(4, 2000);
    endpoint = new_endpoint();
    through = minted(endpoint, RIGHT_SEND, 1);
    deadline = until;
    worker(send_two, 0, PARTNER_PRIORITY);
    settle();
    EQUAL(STATUS, PENDING);
}

static void expect_it_kept_them(int status)
{
    uint64_t found;
    settle();
    EQUAL(STATUS, status);
    expect_tags(ours.place, 4, 100);
    EQUAL(sys_audit(SELF, &found), OK);
}

static void a_deadline_leaves_them(void)
{
    let_one_wait(sys_clock() + 500 * MILLISECOND);
    EVENTUALLY(STATUS != PENDING);
    expect_it_kept_them(E_TIMEOUT);
}

static void the_end_of_the_endpoint_leaves_them(void)
{
    let_one_wait(DEADLINE_FOREVER);
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
    expect_it_kept_them(E_DEAD);
}

static void a_revoked_sender_keeps_them(void)
{
    struct message m = message(0);
    let_one_wait(DEADLINE_FOREVER);
    EQUAL(sys_cap_revoke(SELF, endpoint), OK);
    message_window(&m, theirs.place, 4);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
    expect_it_kept_them(E_REVOKED);
    expect_tags(theirs.place, 4, 2000);
}

/* ---- a process that ends ---- */

static void send_from_there(void *unused)
{
    (void)unused;
    ours = movable(4, 100);
    EVENTUALLY(PARTNER_ENDPOINT);
    through = PARTNER_ENDPOINT;
    deadline = DEADLINE_FOREVER;
    send_two(0);
}

/* A sender that is killed in the queue takes its pages along; the frame of the tests counts them. */
static void pages_of_a_killed_sender_are_freed_with_it(void)
{
    struct message m = message(0);
    handle_t process = moving_partner(send_from_there, &endpoint);
    theirs = movable(4, 2000);
    EVENTUALLY(STATUS == PENDING);
    settle();
    EQUAL(sys_cap_delete(SELF, process), OK);
    message_window(&m, theirs.place, 4);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
    expect_tags(theirs.place, 4, 2000);
}

/* Receives pages, and calls with a window for more; then it is killed. */
static void receive_and_call(void *unused)
{
    struct message m = message(0);
    (void)unused;
    theirs = movable(8, 2000);
    EVENTUALLY(PARTNER_ENDPOINT);
    message_window(&m, theirs.place, 4);
    EQUAL(ipc_recv(PARTNER_ENDPOINT, &m, SOON), OK);
    expect_tags(theirs.place, 2, 100);
    m = message(3);
    message_window(&m, theirs.place + 4 * PAGE_SIZE, 4);
    STATUS = PENDING;
    ipc_call(PARTNER_ENDPOINT, &m, DEADLINE_FOREVER);
}

/* What has moved goes with the receiver; what has not, stays: there is nobody to move it to. */
static void pages_for_a_killed_receiver_stay(void)
{
    struct message m = message(1);
    handle_t process = moving_partner(receive_and_call, &endpoint);
    ours = movable(4, 100);
    message_move(&m, ours.place, 2);
    EVENTUALLY(ipc_send(endpoint, &m, DEADLINE_POLL) == OK);
    m = received(endpoint);
    EQUAL(m.label, 3);
    EQUAL(sys_cap_delete(SELF, process), OK);
    message_move(&m, tag_of(ours.place, 2), 2);
    EQUAL(ipc_reply(&m), E_STALE);
    expect_tags(tag_of(ours.place, 2), 2, 102);
}

/* The same while pages go to and fro all the time: whenever it is killed, no frame is lost (the frame counts). */
static void to_and_fro(void *unused)
{
    struct message m = message(0);
    (void)unused;
    theirs = movable(64, 2000);
    EVENTUALLY(PARTNER_ENDPOINT);
    do
        message_window(&m, theirs.place, 64);
    while (ipc_reply_recv(PARTNER_ENDPOINT, &m, DEADLINE_FOREVER) == OK);
}

static void move_to_and_fro(void *unused)
{
    int status = OK;
    (void)unused;
    while (status == OK || status == E_WINDOW) {
        struct message m = message(0);
        message_move(&m, ours.place, 64);
        message_window(&m, ours.place, 64);
        status = ipc_call(endpoint, &m, SOON);
    }
    STATUS = (uint64_t)status;
}

static void a_server_may_be_killed_at_any_moment(void)
{
    uint64_t wait = 0;
    while (again(60)) {
        handle_t process = moving_partner(to_and_fro, &endpoint);
        uint64_t found;
        ours = movable(64, 100);
        STATUS = PENDING;
        worker(move_to_and_fro, 0, PARTNER_PRIORITY - 10);
        rest(MILLISECOND + (wait += 7 * MICROSECOND));
        EQUAL(sys_cap_delete(SELF, process), OK);
        EQUAL(sys_cap_delete(SELF, endpoint), OK);
        EVENTUALLY(STATUS != PENDING);
        CHECK(STATUS == E_SERVER_DIED || STATUS == E_DEAD || STATUS == E_HANDLE);
        EQUAL(sys_audit(SELF, &found), OK);
        EQUAL(sys_cap_delete(SELF, ours.memory), OK);
    }
}

/* ---- faults ---- */

/* In the patient: has pages that could leave, and a window, and says so in its message page. */
static void get_ready(void *unused)
{
    (void)unused;
    ours = movable(2, 100);
    theirs = movable(2, 2000);
    message_page()->move = (struct page_range){(uint64_t)ours.place, 2};
    message_page()->window = (struct page_range){(uint64_t)theirs.place, 2};
    stop();
}

/* Ends with 0 if all its pages are as they were. */
static void look_at_all(void *unused)
{
    (void)unused;
    expect_tags(ours.place, 2, 100);
    expect_tags(theirs.place, 2, 2000);
    stop();
}

/* The registers of a program that faults are its own: what looks like a shape there is none, in either direction. */
static void a_fault_moves_nothing(void)
{
    struct movable window = movable(2, 3000);
    struct message answer = message(0);
    patient_start_with(get_ready, 0);
    FAULT_REGISTERS.rax = SHAPE_MOVE | SHAPE_WINDOW;
    FAULT_REGISTERS.rip = (uint64_t)stop;
    resume();
    fault = message(0);
    message_window(&fault, window.place, 2);
    EQUAL(ipc_recv(patient_faults, &fault, SOON), OK);
    EQUAL(fault.label, LABEL_FAULT);
    EQUAL(fault.move, 0);
    answer.token = fault.token;
    answer.word_count = 1, answer.words[0] = FAULT_RESUME;
    message_move(&answer, window.place, 1);
    EQUAL(ipc_reply(&answer), E_WINDOW);
    expect_tags(window.place, 2, 3000);
    go_on(look_at_all, 0); /* it waits still */
    EQUAL(fault.words[FAULT_VECTOR], INVALID);
}

int main(void)
{
    RUN(a_deadline_leaves_them);
    RUN(the_end_of_the_endpoint_leaves_them);
    RUN(a_revoked_sender_keeps_them);
    RUN(pages_of_a_killed_sender_are_freed_with_it);
    RUN(pages_for_a_killed_receiver_stay);
    RUN(a_server_may_be_killed_at_any_moment);
    RUN(a_fault_moves_nothing);
    finish();
}
