/*
 * Processes that call in a circle, each waiting for the next: deadlines break it, again and again, at random moments.
 *
 * In each round some processes begin with a call to the next; the others wait for one and call on before they answer
 * it. So chains grow until they have closed to a ring, and everybody waits. Then deadlines pass, in random order; who
 * has given up serves the one before, and so on. In some rounds a process is killed meanwhile.
 *
 * Each caller's status must agree with what the next one really saw, which that one notes on the board: OK and only OK
 * says answered, E_TIMEOUT says never seen, E_NO_ANSWER and E_SERVER_DIED say seen. After each round no queue holds
 * anybody; after the last, everybody has the priority they were given.
 */
#include "tests/guest/harness/puppet.h"

#define MOST     10
#define BASE(i)  (4 + (i)) /* priority of process i */
#define ANSWER   0xa115e7ul
#define PATIENCE (board->exact ? 2 * MILLISECOND : 10 * MILLISECOND) /* the longest deadline of a call */

#define SIZE             board->cells[0] /* processes in the ring */
#define ROUND            board->cells[1] /* number of the round; each request carries it */
#define ROUND_END        board->cells[2] /* all serve until then */
#define COUNT_OF(status) board->cells[120 + (status)]

/* A row for each process, beside its spinner's. HERE, NEXT, GO and DONE are handles of its own table. */
#define CELL(i, n)  board->cells[150 + (i)*10 + (n)]
#define HERE(i)     CELL(i, 0) /* the endpoint where it serves */
#define NEXT(i)     CELL(i, 1) /* that of the next */
#define GO(i)       CELL(i, 2) /* notification: a round begins */
#define DONE(i)     CELL(i, 3) /* notification: bit i */
#define BEGINS(i)   CELL(i, 4) /* it begins the round with a call */
#define CALLED(i)   CELL(i, 5) /* status of its call, PENDING while it waits, NOT_CALLED */
#define SEEN(i)     CELL(i, 6) /* its request was received */
#define REPLIED(i)  CELL(i, 7) /* status of the reply to it, PENDING if there was none */
#define DEADLINE(i) CELL(i, 8) /* of its call */

#define NOT_CALLED 998ul

/* ---- in the processes of the ring ---- */

static void call_next(uint64_t number, uint64_t deadline)
{
    uint64_t request = ROUND << 8 | number;
    struct message m = message(0);
    m.word_count = 1;
    m.words[0] = request;
    CALLED(number) = PENDING;
    int status = ipc_call(NEXT(number), &m, deadline);
    if (status == OK)
        EQUAL(m.words[0], request ^ ANSWER);
    CALLED(number) = (uint64_t)status;
}

/* Receives a request until the round ends. False if there was none. */
static bool take_request(uint64_t number, struct message *m)
{
    *m = message(0);
    int status = ipc_recv(HERE(number), m, ROUND_END);
    if (status == E_TIMEOUT)
        return false;
    EQUAL(status, OK);
    EQUAL(m->words[0] >> 8, ROUND); /* nothing is left of the last round */
    SEEN(m->words[0] & 0xff)++;
    return true;
}

static void answer_request(struct message *m)
{
    uint64_t sender = m->words[0] & 0xff;
    m->words[0] ^= ANSWER;
    REPLIED(sender) = (uint64_t)ipc_reply(m);
}

static void take_part_in_round(uint64_t number)
{
    struct message m;
    if (BEGINS(number)) {
        call_next(number, DEADLINE(number));
    } else if (take_request(number, &m)) {
        /* the earlier of the caller's deadline and its own; in half of the rounds nobody looks at the caller's */
        call_next(number, ROUND % 2 && m.deadline < DEADLINE(number) ? m.deadline : DEADLINE(number));
        answer_request(&m);
    }
    while (take_request(number, &m))
        answer_request(&m);
}

static void take_part(void *argument)
{
    uint64_t number = (uint64_t)argument, bits;
    EVENTUALLY(GO(number) != 0);
    while (sys_wait(GO(number), DEADLINE_FOREVER, &bits) == OK) { /* else the story is over */
        if (ORDER(number) == ORDER_SPIN)
            puppet_spin(number);
        else
            take_part_in_round(number);
        EQUAL(sys_signal(DONE(number), 1ul << number), OK);
    }
}

/* ---- the story ---- */

static handle_t endpoints[MOST], processes[MOST], done;
static uint64_t dice;

static uint64_t roll(uint64_t below)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return dice % below;
}

static void start(uint64_t i)
{
    uint64_t cpu = board->thread_cpu ? i % board->cpus : 0;
    GO(i) = 0;
    ORDER(i) = ORDER_CALL;
    WAKE(i) = new_notification();
    processes[i] = clone(take_part, (void *)i, &(struct clone_options){.priority = BASE(i), .affinity = 1ul << cpu});
    CHECK(processes[i] != 0);
    HERE(i) = give(endpoints[i], processes[i], RIGHT_RECEIVE);
    NEXT(i) = give(endpoints[(i + 1) % SIZE], processes[i], RIGHT_SEND);
    DONE(i) = give(done, processes[i], RIGHT_SIGNAL);
    GO(i) = give(WAKE(i), processes[i], RIGHT_WAIT); /* the last: it waits for this */
}

/* What everybody shall do in this round: who begins, and until when each waits. */
static void prepare_round(void)
{
    uint64_t now = sys_clock(), beginners = roll(3);
    ROUND++;
    ROUND_END = now + PATIENCE + PATIENCE / 4;
    for (unsigned i = 0; i < SIZE; i++) {
        BEGINS(i) = beginners == 0 || (beginners == 1 && roll(2)); /* all, some, or only the first */
        DEADLINE(i) = roll(16) ? now + 1 + roll(PATIENCE) : DEADLINE_POLL;
        CALLED(i) = NOT_CALLED;
        SEEN(i) = 0;
        REPLIED(i) = PENDING;
    }
    BEGINS(roll(SIZE)) = 1;
}

/* Does what the caller was told agree with what the next one saw? One that is killed may not get to its last note. */
static void judge(uint64_t i, bool next_was_killed)
{
    uint64_t status = CALLED(i), replied = REPLIED(i);
    if (status == NOT_CALLED || status == PENDING) /* pending: killed at it */
        return;
    COUNT_OF(status)++;
    if (status == E_TIMEOUT || status == OK || !next_was_killed)
        EQUAL(SEEN(i), status != E_TIMEOUT);
    switch (status) {
    case OK:
        CHECK(replied == OK || (next_was_killed && replied == PENDING));
        break;
    case E_NO_ANSWER:
        CHECK(replied == E_STALE || (next_was_killed && replied == PENDING));
        break;
    case E_SERVER_DIED:
        CHECK(next_was_killed && replied == PENDING);
        break;
    default:
        EQUAL(status, E_TIMEOUT);
    }
}

static void play_round(uint64_t victim)
{
    uint64_t all = (1ul << SIZE) - 1, finished = 0, bits;
    struct message m = message(0);
    prepare_round();
    for (unsigned i = 0; i < SIZE; i++)
        EQUAL(sys_signal(WAKE(i), 1), OK);
    if (victim < SIZE) {
        rest(1 + roll(PATIENCE));
        EQUAL(sys_cap_delete(SELF, processes[victim]), OK);
        finished |= 1ul << victim;
    }
    while (finished != all) {
        EQUAL(sys_wait(done, sys_clock() + 5 * SECOND, &bits), OK);
        finished |= bits;
    }
    for (unsigned i = 0; i < SIZE; i++) {
        judge(i, victim == (i + 1) % SIZE);
        EQUAL(ipc_recv(endpoints[i], &m, DEADLINE_POLL), E_TIMEOUT); /* nobody waits there */
    }
}

/* Nothing is lent any more. */
static void everybody_has_their_own_priority(void)
{
    uint64_t bits;
    ruler_begin();
    for (unsigned i = 0; i < SIZE; i++) {
        if (board->thread_cpu == i % board->cpus || !board->thread_cpu) { /* where the ruler is */
            has_priority(i, BASE(i));
            EQUAL(sys_wait(done, sys_clock() + 5 * SECOND, &bits), OK);
        }
    }
}

static void turn(uint64_t size)
{
    bool kills = false;
    SIZE = size;
    dice = board->seed * 0x9e3779b97f4a7c15ul + size;
    done = new_notification();
    for (unsigned i = 0; i < SIZE; i++)
        endpoints[i] = new_endpoint();
    for (unsigned i = 0; i < SIZE; i++)
        start(i);
    while (again(1000)) {
        uint64_t victim = kills && roll(2) == 0 ? roll(SIZE) : MOST;
        play_round(victim);
        if (victim < SIZE)
            start(victim);
        kills = true;
    }
    everybody_has_their_own_priority();
    remark("seed %lu: %lu answered, %lu not delivered, %lu without answer, %lu whose server died", board->seed,
           COUNT_OF(OK), COUNT_OF(E_TIMEOUT), COUNT_OF(E_NO_ANSWER), COUNT_OF(E_SERVER_DIED));
    CHECK(COUNT_OF(OK) || COUNT_OF(E_TIMEOUT));
    if (board->exact && board->rounds >= 300)
        CHECK(COUNT_OF(OK) && COUNT_OF(E_TIMEOUT) && COUNT_OF(E_NO_ANSWER) && COUNT_OF(E_SERVER_DIED));
}

static void three_call_in_a_circle(void)
{
    turn(3);
}

static void ten_call_in_a_circle(void)
{
    turn(10);
}

int main(void)
{
    RUN(three_call_in_a_circle);
    RUN(ten_call_in_a_circle);
    finish();
}
