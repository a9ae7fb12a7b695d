#include "tests/guest/harness/puppet.h"

void puppet_spin(uint64_t number)
{
    while (SPINS(number)) {
        COUNT(number)++;
        __asm__ volatile("pause");
    }
}

static int carry_out(uint64_t number)
{
    struct message m = {.token = TOKEN(number)};
    int status = OK;
    switch (ORDER(number)) {
    case ORDER_SPIN:
        puppet_spin(number);
        break;
    case ORDER_RECEIVE:
    case ORDER_POLL:
        status = ipc_recv(ENDPOINT(number), &m, ORDER(number) == ORDER_POLL ? DEADLINE_POLL : DEADLINE_FOREVER);
        if (status == OK)
            TOKEN(number) = m.token;
        break;
    case ORDER_CALL:
        status = ipc_call(ENDPOINT(number), &m, UNTIL(number));
        break;
    case ORDER_REPLY:
        status = ipc_reply(&m);
        break;
    case ORDER_ADOPT:
        status = sys_adopt(TOKEN(number));
        break;
    case ORDER_LEAVE:
        sys_thread_exit();
    }
    return status;
}

static void be_puppet(void *argument)
{
    uint64_t number = (uint64_t)argument, bits;
    for (;;) {
        EQUAL(sys_wait(WAKE(number), DEADLINE_FOREVER, &bits), OK);
        STATUS(number) = PENDING;
        STATUS(number) = (uint64_t)carry_out(number);
    }
}

static void begin(uint64_t i)
{
    WAKE(i) = new_notification();
    THREAD(i) = worker(be_puppet, (void *)i, PUPPET_BASE(i));
}

void ruler_begin(void)
{
    begin(RULER);
    settle();
}

void puppets_begin(void)
{
    for (uint64_t i = 0; i < PUPPETS; i++)
        begin(i);
    ruler_begin();
}

void puppet_tell(uint64_t i, enum order order)
{
    ORDER(i) = order;
    EQUAL(sys_signal(WAKE(i), 1), OK);
    settle();
}

void puppet_receive(uint64_t i, handle_t endpoint)
{
    ENDPOINT(i) = endpoint;
    puppet_tell(i, ORDER_RECEIVE);
}

void puppet_poll(uint64_t i, handle_t endpoint)
{
    ENDPOINT(i) = endpoint;
    puppet_tell(i, ORDER_POLL);
}

void puppet_call(uint64_t i, handle_t endpoint, uint64_t until)
{
    ENDPOINT(i) = endpoint;
    UNTIL(i) = until;
    puppet_tell(i, ORDER_CALL);
}

static void set_spinning(uint64_t i, bool spins)
{
    SPINS(i) = spins;
    if (spins) {
        ORDER(i) = ORDER_SPIN;
        EQUAL(sys_signal(WAKE(i), 1), OK);
    }
}

static bool gets_to_run(uint64_t i)
{
    uint64_t before = COUNT(i), give_up = sys_clock() + (board->exact ? 50 * MILLISECOND : 10 * SECOND);
    while (COUNT(i) == before && sys_clock() < give_up)
        rest(100 * MICROSECOND);
    return COUNT(i) != before;
}

const char *puppet_misfit(uint64_t i, unsigned priority)
{
    uint64_t affinity = 1ul << board->thread_cpu, before;
    EQUAL(sys_thread_set(THREAD(RULER), priority - 1, affinity), OK);
    set_spinning(RULER, true);
    set_spinning(i, true);
    if (!gets_to_run(i))
        return "its priority is too low";
    EQUAL(sys_thread_set(THREAD(RULER), priority + 1, affinity), OK);
    if (!gets_to_run(RULER))
        return "its priority is too high";
    before = COUNT(i);
    rest(MILLISECOND);
    if (COUNT(i) != before)
        return "it runs beside the ruler";
    set_spinning(RULER, false);
    set_spinning(i, false);
    settle();
    return 0;
}
