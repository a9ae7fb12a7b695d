/*
 * Pages that move with messages: from movable Memory of the sender into movable Memory of the receiver.
 */
#include "tests/guest/harness/movable.h"
#include "tests/guest/harness/patient.h"
#include "user/lib/memory.h"

#define SERVER 20 /* priority: runs at once */
#define DONE   board->cells[1]
#define SOON   (sys_clock() + 5 * SECOND)

static struct movable ours, theirs; /* theirs: of another thread, or of a clone */
static handle_t endpoint;

static uint64_t free_frames(void)
{
    return sys_system_info(SYSTEM_FRAMES_FREE);
}

static void begin(uint64_t our_pages, uint64_t their_pages)
{
    ours = movable(our_pages, 100);
    theirs = movable(their_pages, 2000);
    endpoint = new_endpoint();
}

/* Our pages from `first` on go with a message that carries the word 77. */
static struct message leaving(uint64_t first, uint64_t pages)
{
    struct message m = message(1);
    m.words[0] = 77, m.word_count = 1;
    message_move(&m, tag_of(ours.place, first), pages);
    return m;
}

/* ---- each way that a message can take ---- */

/* Receives our pages 2 to 4 into the first eight of theirs. */
static void receive_three(void *unused)
{
    struct message m = message(0);
    uint64_t pages;
    (void)unused;
    message_window(&m, theirs.place, 8);
    EQUAL(ipc_recv(endpoint, &m, SOON), OK);
    CHECK(message_moved(&m, &pages) == theirs.place);
    EQUAL(pages, 3);
    EQUAL(m.words[0], 77);
    expect_tags(theirs.place, 3, 102);
    expect_tags(tag_of(theirs.place, 3), 5, 2003);
    DONE = 1;
}

/* What is gone comes back as zeroes with the next mapping. */
static void expect_three_gone(void)
{
    EQUAL(sys_unmap(SELF, ours.memory), OK);
    EQUAL(sys_map(SELF, ours.memory, ours.place, 0, 8, READ_WRITE), OK);
    for (unsigned i = 0; i < 8; i++)
        EQUAL(*tag_of(ours.place, i), i >= 2 && i < 5 ? 0 : 100 + i);
}

static void pages_go_with_a_send(void)
{
    struct message m;
    begin(8, 8);
    worker(receive_three, 0, SERVER);
    settle();
    m = leaving(2, 3);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_FOREVER), OK);
    settle();
    EQUAL(DONE, 1);
    expect_three_gone();
}

static void send_three(void *unused)
{
    struct message m = leaving(2, 3);
    (void)unused;
    DONE = 1;
    EQUAL(ipc_send(endpoint, &m, SOON), OK);
    DONE = 2;
}

static void pages_come_from_a_sender_that_waited(void)
{
    begin(8, 8);
    worker(send_three, 0, SERVER);
    settle();
    EQUAL(DONE, 1);
    receive_three(0);
    settle();
    expect_three_gone();
}

/* Calls with no pages and gets three of ours with the answer. */
static void call_for_three(void *unused)
{
    struct message m = message(5);
    uint64_t pages;
    (void)unused;
    message_window(&m, theirs.place, 3);
    EQUAL(ipc_call(endpoint, &m, SOON), OK);
    CHECK(message_moved(&m, &pages) == theirs.place);
    EQUAL(pages, 3);
    expect_tags(theirs.place, 3, 102);
    DONE = 1;
}

static void pages_come_with_a_separate_answer(void)
{
    struct message question, answer;
    begin(8, 8);
    worker(call_for_three, 0, SERVER);
    question = received(endpoint);
    answer = leaving(2, 3);
    answer.token = question.token;
    EQUAL(ipc_reply(&answer), OK);
    settle();
    EQUAL(DONE, 1);
    expect_three_gone();
}

/* A server in another process: gives back the pages that come, their tags 10,000 higher. */
static void echo(void *unused)
{
    struct message m = message(0);
    uint64_t pages;
    (void)unused;
    theirs = movable(MESSAGE_MOVE_PAGES, 2000);
    EVENTUALLY(PARTNER_ENDPOINT);
    message_window(&m, theirs.place, MESSAGE_MOVE_PAGES);
    while (ipc_reply_recv(PARTNER_ENDPOINT, &m, DEADLINE_FOREVER) == OK) {
        message_moved(&m, &pages);
        EQUAL(pages, m.words[0]);
        for (uint64_t i = 0; i < pages; i++)
            *tag_of(theirs.place, i) += 10000;
        message_window(&m, theirs.place, MESSAGE_MOVE_PAGES);
    }
}

/* There and back, across the ends of page tables; each side's charge stays, and no frame is lost or made. */
static void pages_go_with_a_call_and_come_back(void)
{
    static const uint64_t counts[] = {1, 2, 3, 100, 511, 512};
    handle_t process = moving_partner(echo, &endpoint);
    uint64_t used, found;
    ours = movable(1200, 100);
    settle();
    used = figure(process, PROCESS_USED);
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        for (uint64_t first = 0; first < 600; first += 87) {
            struct message m = message(0);
            uint64_t pages;
            m.words[0] = counts[i], m.word_count = 1;
            message_move(&m, tag_of(ours.place, first), counts[i]);
            message_window(&m, tag_of(ours.place, first), counts[i]);
            EQUAL(ipc_call(endpoint, &m, first % 2 ? SOON : DEADLINE_FOREVER), OK); /* short paths of both kinds */
            CHECK(message_moved(&m, &pages) == tag_of(ours.place, first));
            EQUAL(pages, counts[i]);
            expect_tags(tag_of(ours.place, first), pages, 10100 + first);
            for (uint64_t j = 0; j < pages; j++)
                *tag_of(ours.place, first + j) -= 10000;
            EQUAL(figure(process, PROCESS_USED), used);
        }
    struct message too_many = leaving(0, MESSAGE_MOVE_PAGES + 1);
    EQUAL(ipc_call(endpoint, &too_many, SOON), E_ARGUMENT);
    expect_tags(ours.place, 1200, 100);
    EQUAL(sys_audit(SELF, &found), OK);
}

/* ---- frames ---- */

static void take_two(void *unused)
{
    struct message m = message(0);
    uint64_t pages;
    (void)unused;
    message_window(&m, theirs.place, 2);
    while (ipc_recv(endpoint, &m, DEADLINE_FOREVER) == OK) {
        CHECK(message_moved(&m, &pages) == theirs.place);
        EQUAL(pages, 2);
        message_window(&m, theirs.place, 2);
    }
}

/* The frames in the window are freed; those that moved are not; a page that is mapped anew takes one. */
static void each_frame_is_counted(void)
{
    uint64_t free, used = 0;
    struct message m;
    begin(6, 2);
    worker(take_two, 0, SERVER);
    settle();
    free = free_frames();
    used = figure(SELF, PROCESS_USED);
    for (unsigned i = 0; i < 3; i++) {
        m = leaving(2 * i, 2);
        EQUAL(ipc_send(endpoint, &m, SOON), OK);
        EQUAL(free_frames(), free + 2 * (i + 1));
        expect_tags(theirs.place, 2, 100 + 2 * i);
    }
    EQUAL(sys_unmap(SELF, ours.memory), OK);
    EQUAL(free_frames(), free + 6);
    EQUAL(sys_map(SELF, ours.memory, ours.place, 0, 3, READ_WRITE), OK);
    EQUAL(free_frames(), free + 3);
    EQUAL(figure(SELF, PROCESS_USED), used);
    EQUAL(sys_cap_delete(SELF, ours.memory), OK);
    EQUAL(free_frames(), free + 6 + 2); /* its object and its list too */
    EQUAL(figure(SELF, PROCESS_USED), used - 6 - 2);
}

/* ---- holes ---- */

INSTRUCTION(write_there, "movq $5, (%rdi)")
INSTRUCTION(read_there, "movq (%rdi), %rax")

/* In the patient: sends pages 1 and 2 of four away. */
static void give_two_away(void *unused)
{
    struct message m;
    (void)unused;
    endpoint = PARTNER_ENDPOINT;
    ours = movable(4, 100);
    m = leaving(1, 2);
    EQUAL(ipc_send(endpoint, &m, SOON), OK);
    board->cells[2] = (uint64_t)ours.place;
    board->cells[3] = ours.memory;
    stop();
}

static void expect_page_fault(uint64_t address, uint64_t error)
{
    EQUAL(fault.words[FAULT_VECTOR], PAGE);
    EQUAL(fault.words[FAULT_ERROR], error);
    EQUAL(fault.words[FAULT_ADDRESS], address);
}

static void patient_without_two_pages(void)
{
    begin(1, 2);
    worker(take_two, 0, SERVER);
    settle();
    patient_start();
    PARTNER_ENDPOINT = give(endpoint, patient, RIGHTS_ALL);
    go_on(give_two_away, 0);
    EQUAL(fault.words[FAULT_VECTOR], INVALID);
    expect_tags(theirs.place, 2, 101);
}

static void a_hole_faults_like_any_unmapped_page(void)
{
    uint64_t address;
    patient_without_two_pages();
    address = board->cells[2] + PAGE_SIZE + 8;
    go_on(write_there, address);
    expect_page_fault(address, ERROR_WRITE | ERROR_USER);
    go_on(read_there, address + PAGE_SIZE);
    expect_page_fault(address + PAGE_SIZE, ERROR_USER);
    EQUAL(sys_unmap(patient, board->cells[3]), OK);
    EQUAL(sys_map(patient, board->cells[3], (void *)board->cells[2], 0, 4, READ_WRITE), OK);
    resume(); /* the same instruction again */
    hear();
    EQUAL(fault.words[FAULT_VECTOR], INVALID);
    EQUAL(FAULT_REGISTERS.rax, 0);
    go_on(read_there, board->cells[2]);
    EQUAL(FAULT_REGISTERS.rax, 100);
}

/* A hole belongs to the mapping it is in: nobody can map there, and it goes and gets new rights with the rest. */
static void a_hole_stays_covered(void)
{
    handle_t other = new_memory(1);
    struct message m;
    uint64_t found;
    begin(8, 2);
    worker(take_two, 0, SERVER);
    settle();
    m = leaving(2, 2);
    EQUAL(ipc_send(endpoint, &m, SOON), OK);
    for (unsigned i = 2; i < 4; i++)
        EQUAL(sys_map(SELF, other, tag_of(ours.place, i), 0, 1, READ_WRITE), E_BUSY);
    EQUAL(sys_protect(SELF, ours.memory, RIGHT_READ), OK);
    EQUAL(sys_audit(SELF, &found), OK);
    EQUAL(sys_protect(SELF, ours.memory, READ_WRITE), OK);
    *tag_of(ours.place, 0) = 5;
    EQUAL(sys_unmap(SELF, ours.memory), OK);
    EQUAL(sys_map(SELF, other, tag_of(ours.place, 2), 0, 1, READ_WRITE), OK);
}

/* ---- the capability ---- */

static void take_capabilities(void *unused)
{
    struct message m = {.accept = 1};
    (void)unused;
    while (ipc_recv(endpoint, &m, DEADLINE_FOREVER) == OK) {
        DONE = message_taken(&m, 0);
        board->cells[2] = m.accept;
        m.accept = 1;
    }
}

static void its_capability_moves_but_is_not_copied(void)
{
    handle_t process, copy, moved;
    struct message m;
    EQUAL(sys_process_create(100, 0, 0, &process), OK);
    begin(4, 2);
    EQUAL(sys_cap_copy(SELF, ours.memory, SELF, RIGHTS_ALL, &copy), E_TYPE);
    EQUAL(sys_cap_copy(SELF, ours.memory, process, RIGHTS_ALL, &copy), E_TYPE);
    EQUAL(sys_cap_mint(SELF, ours.memory, SELF, RIGHTS_ALL, 1, 0, &copy), E_TYPE);
    EQUAL(sys_map(SELF, ours.memory, address_reserve(4), 0, 4, READ_WRITE), E_BUSY);
    EQUAL(sys_cap_move(SELF, ours.memory, process, &moved), E_BUSY);
    EQUAL(sys_unmap(SELF, ours.memory), OK);
    EQUAL(sys_cap_move(SELF, ours.memory, process, &moved), OK);
    EQUAL(sys_cap_move(process, moved, SELF, &ours.memory), OK);
    EQUAL(sys_map(SELF, ours.memory, ours.place, 0, 4, READ_WRITE), OK);
    expect_tags(ours.place, 4, 100);
    EQUAL(sys_unmap(SELF, ours.memory), OK);
    worker(take_capabilities, 0, SERVER);
    for (int move = 0; move < 2; move++) {
        m = message(1);
        message_give(&m, ours.memory, move);
        EQUAL(ipc_send(endpoint, &m, SOON), OK);
        settle();
        EQUAL(board->cells[2], !move); /* dropped */
    }
    EQUAL(sys_map(SELF, DONE, ours.place, 0, 4, READ_WRITE), OK);
    expect_tags(ours.place, 4, 100);
}

int main(void)
{
    RUN(pages_go_with_a_send);
    RUN(pages_come_from_a_sender_that_waited);
    RUN(pages_come_with_a_separate_answer);
    RUN(pages_go_with_a_call_and_come_back);
    RUN(each_frame_is_counted);
    RUN(a_hole_faults_like_any_unmapped_page);
    RUN(a_hole_stays_covered);
    RUN_ONCE(its_capability_moves_but_is_not_copied);
    finish();
}
