/*
 * Capabilities in messages: copied, moved, minted; refused where they cannot be given, dropped where there is no room.
 */
#include "tests/guest/harness/story.h"

#define SERVER 20 /* priority */

/* Receives one message with two capabilities accepted; notes what came. */
static void take_two(void *endpoint)
{
    struct message m = message(0);
    m.accept = 2;
    EQUAL(ipc_recv((handle_t)endpoint, &m, DEADLINE_FOREVER), OK);
    board->cells[1] = m.capability_count;
    board->cells[2] = m.accept; /* dropped */
    for (unsigned i = 0; i < MESSAGE_CAPABILITIES; i++)
        board->cells[3 + i] = message_taken(&m, i);
    board->cells[0] = 1;
}

/* Four capabilities sent, two accepted: the first two arrive, copied or moved as asked; the others stay where they
 * were, also the one that was to be moved, and the sender's count tells the receiver that two are missing. */
static void surplus_capabilities_are_dropped(void)
{
    handle_t endpoint = new_endpoint(), sent[4];
    struct message m = message(0);
    for (unsigned i = 0; i < 4; i++) {
        sent[i] = new_notification();
        message_give(&m, sent[i], i % 2);
    }
    worker(take_two, (void *)endpoint, SERVER);
    settle();
    EQUAL(ipc_send(endpoint, &m, DEADLINE_FOREVER), OK);
    settle();
    EQUAL(board->cells[0], 1);
    EQUAL(board->cells[1], 4);
    EQUAL(board->cells[2], 2);
    CHECK(board->cells[3] && board->cells[3] != sent[0]);
    CHECK(board->cells[4] && board->cells[4] != sent[1]);
    EQUAL(board->cells[5], 0);
    EQUAL(board->cells[6], 0);
    EQUAL(sys_signal(sent[0], 1), OK);
    EQUAL(sys_signal(sent[1], 1), E_HANDLE); /* moved */
    EQUAL(sys_signal(sent[2], 1), OK);
    EQUAL(sys_signal(sent[3], 1), OK); /* to be moved, but not accepted */
    EQUAL(sys_signal(board->cells[3], 1), OK);
    EQUAL(sys_signal(board->cells[4], 1), OK);
}

/* A capability to be sent must exist and allow giving; otherwise nothing is sent. */
static void bad_capabilities_stop_a_message(void)
{
    handle_t endpoint = new_endpoint(), kept;
    struct message m = message(0);
    EQUAL(sys_cap_copy(SELF, endpoint, SELF, RIGHT_SEND, &kept), OK);
    message_give(&m, kept, 0);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_RIGHTS);
    m = message(0);
    message_give(&m, 12345, 0);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_HANDLE);
    m = message(0);
    message_give(&m, endpoint, 0);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
}

/* An answer can make a capability for the client: with this badge, to send through and to give away, and nothing in the
 * server's own table. It ends with what it was made from. */
static void ask_for_two(void *endpoint)
{
    unsigned type, rights;
    uint64_t badges[2];
    struct message m = {.accept = 2};
    EQUAL(ipc_call((handle_t)endpoint, &m, DEADLINE_FOREVER), OK);
    handle_t first = message_taken(&m, 0), second = message_taken(&m, 1);
    EQUAL(sys_cap_info(SELF, first, &type, &rights, &badges[0]), OK);
    EQUAL(type, OBJECT_ENDPOINT);
    EQUAL(rights, RIGHT_SEND | RIGHT_GIVE);
    EQUAL(sys_cap_info(SELF, second, &type, &rights, &badges[1]), OK);
    EQUAL(rights, RIGHTS_ALL);
    EQUAL(badges[0], 77);
    EQUAL(badges[1], 0);
    m = message(3);
    EQUAL(ipc_call(first, &m, DEADLINE_FOREVER), OK);
    EQUAL(ipc_send(first, &m, DEADLINE_FOREVER), E_HANDLE); /* revoked with the answer */
    board->cells[0] = 1;
}

static void an_answer_mints_a_capability(void)
{
    handle_t endpoint = new_endpoint();
    worker(ask_for_two, (void *)endpoint, SERVER);
    struct message m = received(endpoint), answer = message(0);
    uint64_t capabilities = figure(SELF, PROCESS_CAPABILITIES);
    answer.token = m.token;
    message_mint(&answer, endpoint, 77);
    message_give(&answer, endpoint, 0);
    EQUAL(ipc_reply(&answer), OK);
    m = received(endpoint);
    EQUAL(m.label, 3);
    EQUAL(m.badge, 77);
    EQUAL(figure(SELF, PROCESS_CAPABILITIES), capabilities + 2); /* the client lives in this process, too */
    EQUAL(sys_cap_revoke(SELF, endpoint), OK);
    EQUAL(ipc_reply(&m), OK);
    settle();
    EQUAL(board->cells[0], 1);
}

/* Only an Endpoint with RIGHT_MINT and no badge can be minted from. */
static void bad_badges_stop_a_message(void)
{
    handle_t endpoint = new_endpoint();
    struct message m = message(0);
    message_mint(&m, new_notification(), 1);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_TYPE);
    m = message(0);
    message_mint(&m, minted(endpoint, RIGHTS_ALL, 5), 1);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_RIGHTS);
    m = message(0);
    message_mint(&m, minted(endpoint, RIGHT_SEND | RIGHT_GIVE, 0), 1);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_RIGHTS);
    m = message(0);
    message_mint(&m, minted(endpoint, RIGHT_MINT, 0), 1);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_RIGHTS); /* no RIGHT_GIVE */
    m = message(0);
    message_mint(&m, endpoint, 1);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
}

/* A receiver whose quota has no room for another table page gets the message all the same, without the capability. */
static void full_receiver(void *argument)
{
    handle_t more;
    struct message m = message(0);
    (void)argument;
    while (sys_notification_create(SELF, &more) == OK)
        continue;
    while (sys_cap_copy(SELF, own.self, SELF, RIGHTS_ALL, &more) == OK) /* no frame is left; now no slot */
        continue;
    m.accept = 1;
    EQUAL(ipc_recv(board->cells[0], &m, DEADLINE_FOREVER), OK);
    board->cells[1] = m.accept; /* dropped */
    board->cells[2] = message_taken(&m, 0);
    board->cells[3] = m.label;
}

static void a_full_receiver_drops_but_receives(void)
{
    handle_t endpoint = new_endpoint(), process;
    struct message m = message(9);
    message_give(&m, endpoint, 0);
    process = clone(full_receiver, 0, &(struct clone_options){.affinity = 1, .priority = 5, .fault = endpoint});
    CHECK(process != 0);
    board->cells[0] = give(endpoint, process, RIGHT_RECEIVE);
    EQUAL(ipc_send(endpoint, &m, DEADLINE_FOREVER), OK);
    m = received(endpoint);
    EQUAL(m.label, LABEL_EXIT);
    EQUAL(m.words[0], 0);
    EQUAL(board->cells[1], 1);
    EQUAL(board->cells[2], 0);
    EQUAL(board->cells[3], 9);
}

int main(void)
{
    RUN(surplus_capabilities_are_dropped);
    RUN(bad_capabilities_stop_a_message);
    RUN(an_answer_mints_a_capability);
    RUN(bad_badges_stop_a_message);
    RUN(a_full_receiver_drops_but_receives);
    finish();
}
