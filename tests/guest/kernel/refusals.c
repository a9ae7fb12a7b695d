/*
 * Page moves that must not be: each has its error, and leaves both sides as they were.
 */
#include "tests/guest/harness/wrong.h"

#define ABOVE     20 /* priority: runs at once */
#define STATUS(i) board->cells[100 + (i)]
#define PENDING   999ul
#define SOON      (sys_clock() + 5 * SECOND)

/* ---- wrong ranges ---- */

/* Receives with a window until it has got pages; says how many messages came. */
static void receive_pages(void *unused)
{
    struct message m = message(0);
    (void)unused;
    do {
        message_window(&m, theirs.place, 8);
        EQUAL(ipc_recv(endpoint, &m, SOON), OK);
        STATUS(0)++;
    } while (!m.move);
}

static int send_range(struct page_range range)
{
    struct message m = moving(range);
    return ipc_send(endpoint, &m, DEADLINE_POLL);
}

static int call_range(struct page_range range)
{
    struct message m = moving(range);
    return ipc_call(endpoint, &m, DEADLINE_POLL);
}

/* The same whether somebody waits for the message or nobody; and whoever waited waits on. */
static void a_sender_learns_what_is_wrong(void)
{
    set_the_scene();
    for (unsigned waiting = 0; waiting < 2; waiting++) {
        for (unsigned i = 0; i < WRONG_RANGES; i++) {
            EQUAL(send_range(wrong[i].range), wrong[i].status);
            EQUAL(call_range(wrong[i].range), wrong[i].status);
        }
        expect_as_before();
        EQUAL(STATUS(0), 0);
        if (!waiting) {
            EQUAL(send_range(range_at(ours.place, 1)), E_TIMEOUT);
            worker(receive_pages, 0, ABOVE);
            settle();
        }
    }
    EQUAL(send_range(range_at(tag_of(ours.place, 2), 2)), OK);
    settle();
    EQUAL(STATUS(0), 1);
    expect_tags(theirs.place, 2, 102);
}

/* Pages that have left cannot leave again. */
static void a_missing_page_is_an_error(void)
{
    set_the_scene();
    worker(receive_pages, 0, ABOVE);
    settle();
    EQUAL(send_range(range_at(tag_of(ours.place, 6), 1)), OK);
    for (unsigned waiting = 0; waiting < 2; waiting++) {
        EQUAL(send_range(range_at(tag_of(ours.place, 6), 1)), E_ADDRESS);
        EQUAL(send_range(range_at(tag_of(ours.place, 6), 2)), E_ADDRESS);
        EQUAL(send_range(range_at(ours.place, 8)), E_ADDRESS);
        EQUAL(call_range(range_at(tag_of(ours.place, 5), 2)), E_ADDRESS);
        worker(receive_pages, 0, ABOVE);
        settle();
    }
    EQUAL(STATUS(0), 1);
    EQUAL(send_range(range_at(tag_of(ours.place, 7), 1)), OK);
    expect_tags(theirs.place, 1, 107);
    expect_tags(ours.place, 6, 100);
}

/* ---- wrong windows ---- */

static struct page_range their_window;
static bool with_window;

static void receive_with_window(void *unused)
{
    struct message m = message(0);
    (void)unused;
    message_window(&m, (void *)their_window.address, their_window.pages);
    m.window = with_window;
    STATUS(1) = PENDING;
    STATUS(1) = (uint64_t)ipc_recv(endpoint, &m, SOON);
    EQUAL(m.move, 0);
    STATUS(2) = m.label;
}

static void send_two(void *deadline)
{
    struct message m = moving(range_at(ours.place, 2));
    STATUS(3) = PENDING;
    STATUS(3) = (uint64_t)ipc_send(endpoint, &m, (uint64_t)deadline);
}

static void send_nothing(void)
{
    struct message m = message(9);
    EQUAL(ipc_send(endpoint, &m, SOON), OK);
    settle();
    EQUAL(STATUS(1), OK);
    EQUAL(STATUS(2), 9);
}

/* Whether the receiver or the sender comes first: the sender is told, the receiver waits on. */
static void try_window(bool offered, struct page_range window)
{
    with_window = offered;
    their_window = window;
    worker(receive_with_window, 0, ABOVE);
    settle();
    send_two((void *)DEADLINE_POLL);
    EQUAL(STATUS(3), E_WINDOW);
    settle();
    EQUAL(STATUS(1), PENDING);
    send_nothing();

    worker(send_two, (void *)DEADLINE_FOREVER, ABOVE);
    settle();
    EQUAL(STATUS(3), PENDING);
    worker(receive_with_window, 0, ABOVE);
    settle();
    EQUAL(STATUS(3), E_WINDOW);
    EQUAL(STATUS(1), PENDING);
    send_nothing();
}

static void the_window_must_be_right(void)
{
    set_the_scene();
    try_window(false, range_at(theirs.place, 8));
    try_window(true, range_at(theirs.place, 1));
    try_window(true, range_at(ours.place, 2)); /* the very pages */
    try_window(true, range_at(tag_of(ours.place, 1), 2));
    try_window(true, range_at(tag_of(theirs.place, 7), 2));
    for (unsigned i = 0; i < WRONG_RANGES; i++)
        try_window(true, wrong[i].range);
    expect_as_before();
}

/* Neighbours in one Memory may change places. */
static void a_window_beside_the_pages_is_right(void)
{
    struct message m = message(0);
    set_the_scene();
    worker(send_two, (void *)DEADLINE_FOREVER, ABOVE);
    settle();
    message_window(&m, tag_of(ours.place, 2), 2);
    EQUAL(ipc_recv(endpoint, &m, SOON), OK);
    EQUAL(m.move, 1);
    expect_tags(tag_of(ours.place, 2), 2, 100);
    expect_tags(tag_of(ours.place, 4), 4, 104);
}

/* ---- what changes while somebody waits ---- */

static void protect_them(struct movable *pages)
{
    EQUAL(sys_protect(SELF, pages->memory, RIGHT_READ), OK);
}
static void unmap_them(struct movable *pages)
{
    EQUAL(sys_unmap(SELF, pages->memory), OK);
}
static void delete_them(struct movable *pages)
{
    EQUAL(sys_cap_delete(SELF, pages->memory), OK);
}
static void replace_them(struct movable *pages)
{
    unmap_them(pages);
    EQUAL(sys_map(SELF, new_memory(8), pages->place, 0, 8, READ_WRITE), OK);
}

static const struct change {
    void (*make)(struct movable *pages);
    int status; /* for a sender whose pages have changed */
} changes[] = {{protect_them, E_RIGHTS}, {unmap_them, E_ARGUMENT}, {delete_them, E_ARGUMENT}, {replace_them, E_TYPE}};
#define CHANGES (sizeof(changes) / sizeof(changes[0]))

static void a_sender_may_lose_its_pages_while_it_waits(void)
{
    for (unsigned i = 0; i < CHANGES; i++) {
        struct message m = message(0);
        set_the_scene();
        worker(send_two, (void *)DEADLINE_FOREVER, ABOVE);
        settle();
        changes[i].make(&ours);
        message_window(&m, theirs.place, 8);
        EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
        settle();
        EQUAL(STATUS(3), changes[i].status);
        expect_tags(theirs.place, 8, 2000);
    }
}

static void a_receiver_may_lose_its_window_while_it_waits(void)
{
    for (unsigned i = 0; i < CHANGES; i++) {
        set_the_scene();
        with_window = true;
        their_window = range_at(theirs.place, 8);
        worker(receive_with_window, 0, ABOVE);
        settle();
        changes[i].make(&theirs);
        send_two((void *)DEADLINE_POLL);
        EQUAL(STATUS(3), E_WINDOW);
        send_nothing();
        expect_tags(ours.place, 8, 100);
    }
}

/* A hundred that cannot be delivered do not keep the receiver from the one that can. */
static void send_from_ours(void *unused)
{
    struct message m = moving(range_at(ours.place, 1));
    (void)unused;
    EQUAL(ipc_send(endpoint, &m, SOON), E_ARGUMENT);
    __atomic_fetch_add(&STATUS(4), 1, __ATOMIC_RELAXED);
}

static void send_from_spare(void *spare)
{
    struct message m = moving(range_at(spare, 1));
    EQUAL(ipc_send(endpoint, &m, SOON), OK);
}

static void many_bad_senders_are_sent_away(void)
{
    struct message m = message(0);
    struct movable spare;
    set_the_scene();
    spare = movable(1, 700);
    for (unsigned i = 0; i < 100; i++)
        worker(send_from_ours, 0, ABOVE);
    settle();
    worker(send_from_spare, spare.place, ABOVE - 1);
    settle();
    unmap_them(&ours);
    message_window(&m, theirs.place, 8);
    EQUAL(ipc_recv(endpoint, &m, DEADLINE_POLL), OK);
    EQUAL(m.move, 1);
    expect_tags(theirs.place, 1, 700);
    settle();
    EQUAL(STATUS(4), 100);
}

int main(void)
{
    RUN(a_sender_learns_what_is_wrong);
    RUN(a_missing_page_is_an_error);
    RUN(the_window_must_be_right);
    RUN(a_window_beside_the_pages_is_right);
    RUN(a_sender_may_lose_its_pages_while_it_waits);
    RUN(a_receiver_may_lose_its_window_while_it_waits);
    RUN(many_bad_senders_are_sent_away);
    finish();
}
