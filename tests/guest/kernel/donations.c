/*
 * What is lent to a server is taken back exactly: by the answer, the deadline, the end of the caller, revocation, the
 * end of either side; for a call in service, in the queue, and at the end of a chain.
 */
#include "tests/guest/harness/puppet.h"

#define LENDER 11 /* priority of who lends: above all puppets */
#define MORE   14 /* of a second one */

#define DONE board->cells[0] /* orders that a clone carried out */

/* Puppet 0 has taken a call of `lender`, whom it now owes an answer. */
static handle_t take_call_of(unsigned lender, uint64_t until)
{
    handle_t endpoint = new_endpoint();
    puppet_receive(0, endpoint);
    EQUAL(sys_thread_set(THREAD(lender), LENDER, 1ul << board->thread_cpu), OK);
    puppet_call(lender, endpoint, until);
    has_priority(0, LENDER);
    return endpoint;
}

/* Puppet 0 serves puppet 1; `lender` waits in the queue. */
static handle_t queue_behind(unsigned lender, uint64_t until)
{
    handle_t endpoint = new_endpoint();
    puppet_receive(0, endpoint);
    puppet_call(1, endpoint, DEADLINE_FOREVER);
    has_priority(0, PUPPET_BASE(1));
    EQUAL(sys_thread_set(THREAD(lender), LENDER, 1ul << board->thread_cpu), OK);
    puppet_call(lender, endpoint, until);
    has_priority(0, LENDER);
    return endpoint;
}

/* Puppets 2 -> 1 -> 0: a call to puppet 2 made it call 1, and 1 call 0. `lender` waits for 2. */
static handle_t wait_for_chain(unsigned lender, uint64_t until)
{
    handle_t first = new_endpoint(), second = new_endpoint(), last = new_endpoint();
    puppet_receive(0, last);
    puppet_receive(1, second);
    puppet_receive(2, first);
    puppet_call(3, first, DEADLINE_FOREVER);
    puppet_call(2, second, DEADLINE_FOREVER);
    puppet_call(1, last, DEADLINE_FOREVER);
    has_priority(0, PUPPET_BASE(3));
    EQUAL(sys_thread_set(THREAD(lender), LENDER, 1ul << board->thread_cpu), OK);
    puppet_call(lender, first, until);
    has_priority(0, LENDER);
    return first;
}

/* When a look at priorities will be over: on a busy host it takes its time. */
#define SOON (sys_clock() + (board->exact ? 100 : 500) * MILLISECOND)

static void wait_for_status(unsigned i, uint64_t status)
{
    EVENTUALLY(STATUS(i) == status);
}

/* ---- a call in service ---- */

static void the_answer_ends_it(void)
{
    puppets_begin();
    take_call_of(4, DEADLINE_FOREVER);
    puppet_tell(0, ORDER_REPLY);
    EQUAL(STATUS(4), OK);
    has_priority(0, PUPPET_BASE(0));
}

static void the_deadline_ends_it(void)
{
    puppets_begin();
    take_call_of(4, SOON);
    wait_for_status(4, E_NO_ANSWER);
    has_priority(0, PUPPET_BASE(0));
    puppet_tell(0, ORDER_REPLY);
    EQUAL(STATUS(0), E_STALE);
    has_priority(0, PUPPET_BASE(0));
}

static void the_callers_end_ends_it(void)
{
    puppets_begin();
    take_call_of(4, DEADLINE_FOREVER);
    EQUAL(sys_cap_delete(SELF, THREAD(4)), OK);
    has_priority(0, PUPPET_BASE(0));
}

/* Receiving again parks the token, until somebody adopts it: then that one has the loan, and nobody else. */
static void parking_ends_it_and_adopting_moves_it(void)
{
    puppets_begin();
    handle_t endpoint = take_call_of(4, DEADLINE_FOREVER);
    TOKEN(1) = TOKEN(0);
    puppet_poll(0, endpoint);
    EQUAL(STATUS(0), E_TIMEOUT);
    has_priority(0, PUPPET_BASE(0));
    puppet_tell(1, ORDER_ADOPT);
    EQUAL(STATUS(1), OK);
    has_priority(1, LENDER);
    has_priority(0, PUPPET_BASE(0));
    TOKEN(2) = TOKEN(1);
    puppet_tell(2, ORDER_ADOPT); /* taken over without having been parked */
    has_priority(2, LENDER);
    has_priority(1, PUPPET_BASE(1));
    puppet_tell(2, ORDER_ADOPT); /* it has it already */
    has_priority(2, LENDER);
    puppet_tell(2, ORDER_REPLY);
    EQUAL(STATUS(4), OK);
    has_priority(2, PUPPET_BASE(2));
    has_priority(1, PUPPET_BASE(1));
}

static void an_adopted_call_ends_with_its_deadline(void)
{
    puppets_begin();
    take_call_of(4, SOON);
    TOKEN(1) = TOKEN(0);
    puppet_tell(1, ORDER_ADOPT);
    has_priority(1, LENDER);
    has_priority(0, PUPPET_BASE(0));
    wait_for_status(4, E_NO_ANSWER);
    has_priority(1, PUPPET_BASE(1));
    puppet_tell(1, ORDER_ADOPT);
    EQUAL(STATUS(1), E_STALE);
}

/* A new priority of the caller is passed on; of two calls the one received last counts, or who waits behind. */
static void it_follows_the_caller(void)
{
    uint64_t affinity = 1ul << board->thread_cpu;
    puppets_begin();
    handle_t endpoint = take_call_of(4, DEADLINE_FOREVER);
    EQUAL(sys_thread_set(THREAD(4), MORE, affinity), OK);
    has_priority(0, MORE);
    EQUAL(sys_thread_set(THREAD(4), PUPPET_BASE(2), affinity), OK);
    has_priority(0, PUPPET_BASE(2));
    EQUAL(sys_thread_set(THREAD(4), MORE, affinity), OK);
    puppet_call(1, endpoint, DEADLINE_FOREVER);
    TOKEN(2) = TOKEN(0);
    puppet_poll(0, endpoint); /* takes puppet 1's call; puppet 4's is parked */
    has_priority(0, PUPPET_BASE(1));
    puppet_tell(2, ORDER_REPLY);
    EQUAL(STATUS(4), OK);
    has_priority(0, PUPPET_BASE(1));
    puppet_tell(0, ORDER_REPLY);
    has_priority(0, PUPPET_BASE(0));
}

/* ---- a call in the queue ---- */

static void in_the_queue_the_deadline_ends_it(void)
{
    puppets_begin();
    queue_behind(4, SOON);
    wait_for_status(4, E_TIMEOUT);
    has_priority(0, PUPPET_BASE(1));
}

static void in_the_queue_the_callers_end_ends_it(void)
{
    puppets_begin();
    queue_behind(4, DEADLINE_FOREVER);
    EQUAL(sys_cap_delete(SELF, THREAD(4)), OK);
    has_priority(0, PUPPET_BASE(1));
}

static void in_the_queue_the_endpoints_end_ends_it(void)
{
    puppets_begin();
    handle_t endpoint = queue_behind(4, DEADLINE_FOREVER);
    EQUAL(sys_cap_delete(SELF, endpoint), OK);
    settle();
    EQUAL(STATUS(4), E_DEAD);
    has_priority(0, PUPPET_BASE(1)); /* whose call is in service still */
    puppet_tell(0, ORDER_REPLY);
    has_priority(0, PUPPET_BASE(0));
}

/* Who waits through a capability that is revoked learns so when its turn comes; then it lends nothing any more. */
static void in_the_queue_revocation_ends_it(void)
{
    puppets_begin();
    handle_t endpoint = new_endpoint(), badged = minted(endpoint, RIGHTS_ALL, 7);
    puppet_receive(0, endpoint);
    puppet_call(1, endpoint, DEADLINE_FOREVER);
    EQUAL(sys_thread_set(THREAD(4), LENDER, 1ul << board->thread_cpu), OK);
    puppet_call(4, badged, DEADLINE_FOREVER);
    has_priority(0, LENDER);
    EQUAL(sys_cap_revoke(SELF, endpoint), OK);
    puppet_poll(0, endpoint);
    EQUAL(STATUS(0), E_TIMEOUT);
    EQUAL(STATUS(4), E_REVOKED);
    has_priority(0, PUPPET_BASE(0)); /* and puppet 1's call is parked */
}

/* Two servers at one endpoint: who waits lends to both; who is taken, to the one that took it. */
static void all_servers_of_an_endpoint_inherit(void)
{
    puppets_begin();
    handle_t endpoint = queue_behind(4, DEADLINE_FOREVER);
    puppet_poll(2, endpoint); /* takes it */
    EQUAL(STATUS(2), OK);
    has_priority(2, LENDER);
    has_priority(0, PUPPET_BASE(1));
    EQUAL(sys_thread_set(THREAD(3), MORE, 1ul << board->thread_cpu), OK);
    puppet_call(3, endpoint, SOON);
    has_priority(2, MORE);
    has_priority(0, MORE);
    wait_for_status(3, E_TIMEOUT);
    has_priority(2, LENDER);
    has_priority(0, PUPPET_BASE(1));
}

/* A thread serves where it received last, and only there. */
static void a_server_that_turns_away_inherits_no_more(void)
{
    puppets_begin();
    handle_t other = new_endpoint();
    queue_behind(4, DEADLINE_FOREVER);
    puppet_poll(0, other);
    has_priority(0, PUPPET_BASE(0));
}

/* Forty threads that served here and ended are not in the way of the one that serves now. */
static void serve_and_leave(void *endpoint)
{
    struct message m = message(0);
    EQUAL(ipc_recv((handle_t)endpoint, &m, DEADLINE_POLL), E_TIMEOUT);
}

static void servers_that_left_inherit_nothing(void)
{
    handle_t endpoint = new_endpoint();
    puppets_begin();
    for (unsigned i = 0; i < 40; i++)
        worker(serve_and_leave, (void *)endpoint, PUPPET_BASE(0));
    settle();
    puppet_poll(0, endpoint);
    EQUAL(sys_thread_set(THREAD(4), LENDER, 1ul << board->thread_cpu), OK);
    puppet_call(4, endpoint, DEADLINE_FOREVER);
    has_priority(0, LENDER);
}

/* ---- at the end of a chain ---- */

static void along_a_chain_the_deadline_ends_it(void)
{
    puppets_begin();
    wait_for_chain(4, SOON);
    wait_for_status(4, E_TIMEOUT);
    has_priority(0, PUPPET_BASE(3));
}

static void along_a_chain_each_answer_ends_it(void)
{
    puppets_begin();
    wait_for_chain(4, DEADLINE_FOREVER);
    puppet_tell(0, ORDER_REPLY);
    has_priority(0, PUPPET_BASE(0));
    has_priority(1, LENDER);
    puppet_tell(1, ORDER_REPLY);
    has_priority(1, PUPPET_BASE(1));
    has_priority(2, LENDER);
    puppet_tell(2, ORDER_REPLY);
    EQUAL(STATUS(3), OK);
    has_priority(2, LENDER); /* who waits in the queue still */
    puppet_poll(2, ENDPOINT(4));
    puppet_tell(2, ORDER_REPLY);
    EQUAL(STATUS(4), OK);
    has_priority(2, PUPPET_BASE(2));
}

/* The server in the middle ends: its client learns so, its own server has nothing from it any more. */
static void along_a_chain_a_servers_end_ends_it(void)
{
    puppets_begin();
    wait_for_chain(4, DEADLINE_FOREVER);
    EQUAL(sys_cap_delete(SELF, THREAD(1)), OK);
    settle();
    EQUAL(STATUS(2), E_SERVER_DIED);
    has_priority(0, PUPPET_BASE(0));
    has_priority(2, LENDER);
    puppet_tell(2, ORDER_LEAVE);
    EQUAL(STATUS(3), E_SERVER_DIED);
    EQUAL(STATUS(4), PENDING); /* it waits for the next one who receives there */
    puppet_receive(3, ENDPOINT(4));
    has_priority(3, LENDER);
}

/* The first of the chain is in another process, which dies. */
static void call_from_afar(void *unused)
{
    struct message m = message(0);
    (void)unused;
    DONE = 1;
    ipc_call(board->cells[1], &m, DEADLINE_FOREVER);
}

static void a_processs_end_ends_it(void)
{
    handle_t endpoint = new_endpoint(), last = new_endpoint(), client;
    puppets_begin();
    puppet_receive(0, last);
    puppet_receive(1, endpoint);
    client = clone(call_from_afar, 0, &(struct clone_options){.affinity = 1ul, .priority = LENDER});
    CHECK(client != 0);
    board->cells[1] = give(endpoint, client, RIGHT_SEND);
    EVENTUALLY(DONE == 1);
    settle();
    puppet_call(1, last, DEADLINE_FOREVER);
    has_priority(0, LENDER);
    EQUAL(sys_cap_delete(SELF, client), OK);
    has_priority(0, PUPPET_BASE(1));
    EQUAL(STATUS(1), PENDING);
}

int main(void)
{
    RUN(the_answer_ends_it);
    RUN(the_deadline_ends_it);
    RUN(the_callers_end_ends_it);
    RUN(parking_ends_it_and_adopting_moves_it);
    RUN(an_adopted_call_ends_with_its_deadline);
    RUN(it_follows_the_caller);
    RUN(in_the_queue_the_deadline_ends_it);
    RUN(in_the_queue_the_callers_end_ends_it);
    RUN(in_the_queue_the_endpoints_end_ends_it);
    RUN(in_the_queue_revocation_ends_it);
    RUN(all_servers_of_an_endpoint_inherit);
    RUN(a_server_that_turns_away_inherits_no_more);
    RUN(servers_that_left_inherit_nothing);
    RUN(along_a_chain_the_deadline_ends_it);
    RUN(along_a_chain_each_answer_ends_it);
    RUN(along_a_chain_a_servers_end_ends_it);
    RUN(a_processs_end_ends_it);
    finish();
}
