/*
 * Notifications: bits that wait for a taker, alone and bound to an endpoint.
 */
#include "tests/guest/harness/story.h"

#define WAITER 20

#define NOTIFICATION board->cells[0]
#define ENDPOINT     board->cells[1]
#define GOT(i)       board->cells[10 + (i)]
#define STATUS(i)    board->cells[40 + (i)]

static void wait_once(void *number)
{
    uint64_t bits = 0;
    STATUS((uint64_t)number) = 999;
    int status = sys_wait(NOTIFICATION, DEADLINE_FOREVER, &bits);
    GOT((uint64_t)number) = bits;
    STATUS((uint64_t)number) = (uint64_t)status;
}

/* Bits that nobody waits for add up and are taken together, once. */
static void bits_merge(void)
{
    handle_t notification = new_notification();
    uint64_t bits;
    EQUAL(sys_signal(notification, 1), OK);
    EQUAL(sys_signal(notification, 1ul << 63), OK);
    EQUAL(sys_signal(notification, 1), OK);
    EQUAL(sys_wait(notification, DEADLINE_FOREVER, &bits), OK);
    EQUAL(bits, 1ul << 63 | 1);
    EQUAL(sys_wait(notification, DEADLINE_POLL, &bits), E_TIMEOUT);
    EQUAL(sys_signal(notification, 0), OK); /* no bits, no signal */
    EQUAL(sys_wait(notification, DEADLINE_POLL, &bits), E_TIMEOUT);
}

static void a_signal_wakes_the_first_waiter(void)
{
    NOTIFICATION = new_notification();
    for (unsigned i = 0; i < 3; i++)
        worker(wait_once, (void *)(uint64_t)i, WAITER);
    settle();
    EQUAL(sys_signal(NOTIFICATION, 0), OK);
    for (unsigned i = 0; i < 3; i++) {
        settle();
        EQUAL(STATUS(i), 999);
        EQUAL(sys_signal(NOTIFICATION, 1ul << i), OK);
        settle();
        EQUAL(STATUS(i), OK);
        EQUAL(GOT(i), 1ul << i);
    }
}

static void a_wait_keeps_its_deadline(void)
{
    handle_t notification = new_notification();
    uint64_t bits, deadline = sys_clock() + 20 * MILLISECOND;
    EQUAL(sys_wait(notification, deadline, &bits), E_TIMEOUT);
    CHECK(sys_clock() >= deadline);
    EQUAL(sys_signal(notification, 6), OK); /* the waiter that gave up takes nothing */
    EQUAL(sys_wait(notification, DEADLINE_POLL, &bits), OK);
    EQUAL(bits, 6);
}

static void a_destroyed_notification_wakes_all(void)
{
    NOTIFICATION = new_notification();
    for (unsigned i = 0; i < 20; i++)
        worker(wait_once, (void *)(uint64_t)i, WAITER);
    settle();
    EQUAL(sys_cap_delete(SELF, NOTIFICATION), OK);
    settle();
    for (unsigned i = 0; i < 20; i++)
        EQUAL(STATUS(i), E_DEAD);
}

/* Bound to an endpoint: recv returns bits before messages, and events and messages after them. */
static void send_once(void *label)
{
    struct message m = message((uint32_t)(uint64_t)label);
    EQUAL(ipc_send(ENDPOINT, &m, DEADLINE_FOREVER), OK);
}

static void bound_bits_come_first(void)
{
    struct message m;
    ENDPOINT = new_endpoint();
    NOTIFICATION = new_notification();
    EQUAL(sys_endpoint_bind(ENDPOINT, NOTIFICATION), OK);
    worker(send_once, (void *)7, WAITER);
    settle();
    EQUAL(sys_signal(NOTIFICATION, 5), OK);
    m = received(ENDPOINT);
    EQUAL(m.arrival, ARRIVAL_SIGNAL);
    EQUAL(m.words[0], 5);
    EQUAL(m.word_count, 1);
    EQUAL(m.token, 0);
    EQUAL(m.badge, 0);
    m = received(ENDPOINT);
    EQUAL(m.arrival, ARRIVAL_MESSAGE);
    EQUAL(m.label, 7);
}

/* Who waits in recv wakes by a signal, too. */
static void receive_once(void *unused)
{
    struct message m = received(ENDPOINT);
    (void)unused;
    GOT(0) = m.words[0];
    STATUS(0) = m.arrival;
}

static void a_signal_wakes_a_receiver(void)
{
    ENDPOINT = new_endpoint();
    NOTIFICATION = new_notification();
    EQUAL(sys_endpoint_bind(ENDPOINT, NOTIFICATION), OK);
    worker(receive_once, 0, WAITER);
    settle();
    EQUAL(sys_signal(NOTIFICATION, 9), OK);
    settle();
    EQUAL(STATUS(0), ARRIVAL_SIGNAL);
    EQUAL(GOT(0), 9);
}

/* Bits that came before the binding, and a receiver that waits already, find each other by it. */
static void binding_brings_old_bits(void)
{
    ENDPOINT = new_endpoint();
    NOTIFICATION = new_notification();
    EQUAL(sys_signal(NOTIFICATION, 3), OK);
    worker(receive_once, 0, WAITER);
    settle();
    EQUAL(sys_endpoint_bind(ENDPOINT, NOTIFICATION), OK);
    settle();
    EQUAL(GOT(0), 3);
}

static void one_endpoint_one_notification(void)
{
    handle_t a = new_endpoint(), b = new_endpoint(), x = new_notification(), y = new_notification();
    struct message m = message(0);
    EQUAL(sys_endpoint_bind(a, x), OK);
    EQUAL(sys_endpoint_bind(a, y), E_BUSY);
    EQUAL(sys_endpoint_bind(b, x), E_BUSY);
    EQUAL(sys_endpoint_bind(a, 0), OK);
    EQUAL(sys_endpoint_bind(b, x), OK);
    EQUAL(sys_signal(x, 1), OK);
    EQUAL(ipc_recv(a, &m, DEADLINE_POLL), E_TIMEOUT);
    EQUAL(ipc_recv(b, &m, DEADLINE_POLL), OK);
    EQUAL(sys_cap_delete(SELF, x), OK); /* unbinds */
    EQUAL(sys_endpoint_bind(b, y), OK);
    EQUAL(sys_cap_delete(SELF, b), OK);
    EQUAL(sys_endpoint_bind(a, y), OK);
}

/* A producer and a consumer on two CPUs: no signal is lost, however they meet. */
#define SIGNALS 20000

static void produce(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < SIGNALS; i++) {
        __atomic_fetch_add(&board->cells[5], 1, __ATOMIC_RELEASE);
        EQUAL(sys_signal(NOTIFICATION, 1), OK);
    }
}

static void no_signal_is_lost(void)
{
    uint64_t bits, seen = 0;
    NOTIFICATION = new_notification();
    worker(produce, 0, STORY_PRIORITY);
    while (seen < SIGNALS) {
        EQUAL(sys_wait(NOTIFICATION, sys_clock() + 5 * SECOND, &bits), OK);
        seen = __atomic_load_n(&board->cells[5], __ATOMIC_ACQUIRE);
    }
}

int main(void)
{
    RUN_ONCE(bits_merge);
    RUN(a_signal_wakes_the_first_waiter);
    RUN_ONCE(a_wait_keeps_its_deadline);
    RUN(a_destroyed_notification_wakes_all);
    RUN(bound_bits_come_first);
    RUN(a_signal_wakes_a_receiver);
    RUN(binding_brings_old_bits);
    RUN_ONCE(one_endpoint_one_notification);
    RUN(no_signal_is_lost);
    finish();
}
