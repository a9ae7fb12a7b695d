/*
 * Answers whose pages cannot move: the server learns why, and its client waits on.
 */
#include "tests/guest/harness/wrong.h"

#define CLIENT  20 /* priority: runs at once */
#define STATUS  board->cells[100]
#define MOVED   board->cells[101]
#define PENDING 999ul
#define SOON    (sys_clock() + 5 * SECOND)

static struct page_range their_window;
static bool with_window;

static void call_with_window(void *unused)
{
    struct message m = message(2);
    (void)unused;
    message_window(&m, (void *)their_window.address, their_window.pages);
    m.window = with_window;
    STATUS = PENDING;
    STATUS = (uint64_t)ipc_call(endpoint, &m, SOON);
    MOVED = m.move;
}

static uint64_t a_call(bool offered, struct page_range window)
{
    with_window = offered;
    their_window = window;
    worker(call_with_window, 0, CLIENT);
    return received(endpoint).token;
}

/* Both ways to answer fail; the client waits on, and nothing is received. */
static void expect_no_answer(uint64_t token, struct page_range range, int status)
{
    struct message reply = moving(range), reply_recv = moving(range);
    reply.token = reply_recv.token = token;
    EQUAL(ipc_reply(&reply), status);
    EQUAL(ipc_reply_recv(endpoint, &reply_recv, DEADLINE_POLL), status);
    EQUAL(STATUS, PENDING);
}

static void expect_answer(uint64_t token, struct page_range range)
{
    struct message m = message(0);
    if (range.pages)
        m = moving(range);
    m.token = token;
    EQUAL(ipc_reply(&m), OK);
    settle();
    EQUAL(STATUS, OK);
    EQUAL(MOVED, range.pages > 0);
}

static void an_answer_that_cannot_move_leaves_the_client_waiting(void)
{
    uint64_t token;
    set_the_scene();
    token = a_call(true, range_at(theirs.place, 8));
    for (unsigned i = 0; i < WRONG_RANGES; i++)
        expect_no_answer(token, wrong[i].range, wrong[i].status);
    expect_as_before();
    expect_answer(token, range_at(ours.place, 2));
    expect_tags(theirs.place, 2, 100);
}

static void a_client_gets_pages_only_into_a_right_window(void)
{
    uint64_t token;
    set_the_scene();
    for (unsigned i = 0; i <= WRONG_RANGES; i++) {
        token = i < WRONG_RANGES ? a_call(true, wrong[i].range) : a_call(false, range_at(theirs.place, 8));
        expect_no_answer(token, range_at(ours.place, 2), E_WINDOW);
        expect_answer(token, (struct page_range){0});
    }
    expect_as_before();
}

/* A server learns when its pages stay because nobody waits for them. */
static void pages_for_nobody_stay(void)
{
    struct message m;
    set_the_scene();
    for (uint64_t token = 0; token < 2; token++) {
        m = moving(range_at(ours.place, 1));
        m.token = token;
        EQUAL(ipc_reply(&m), E_STALE);
        EQUAL(ipc_reply_recv(endpoint, &m, DEADLINE_POLL), E_STALE);
    }
    expect_as_before();
}

int main(void)
{
    RUN(an_answer_that_cannot_move_leaves_the_client_waiting);
    RUN(a_client_gets_pages_only_into_a_right_window);
    RUN(pages_for_nobody_stay);
    finish();
}
