/*
 * The inversion, measured: how long an important thread waits for a server while a thread of middle importance wants
 * the server's CPU.
 *
 * With inheritance the wait is bounded by what the server has to do (SECTION for each call it takes), without it (boot
 * option inherit=off) by what the middle thread does (MIDDLE_RUN). Each story is told the same way under both; its line
 * has the figures, in instructions where time goes by instructions.
 *
 *   low      calls the first server; the last one of the chain is at work on it
 *   high     wakes up, wakes the middle one, and calls the first server too: how long does that take?
 *   middle   works, and does not wait for anybody
 */
#include "tests/guest/harness/story.h"

enum { LOW = 4, SERVER = 5, MIDDLE = 12, HIGH = 20 }; /* priorities; servers get SERVER, SERVER + 1, ... */

#define UNIT       100   /* instructions of a unit of work */
#define SECTION    1000  /* units that the last server works for each call */
#define MIDDLE_RUN 40000 /* units that the middle thread works */
#define OVERHEAD   300   /* units that the kernel and the others may take: calls, switches, signals */

#define ENDPOINT(i)   board->cells[10 + (i)] /* of server i */
#define CPU_OF(i)     board->cells[20 + (i)] /* where it runs */
#define SERVERS       board->cells[0]
#define GO            board->cells[1] /* notification: the last server has begun, or nobody was in front */
#define MIDDLE_GO     board->cells[2] /* notification */
#define FINISHED      board->cells[3] /* notification: the high one has its answer */
#define MIDDLE_UNITS  board->cells[4] /* that it has done */
#define WAITED        board->cells[5] /* by the high one */
#define MIDDLE_BEFORE board->cells[6] /* units of the middle one when the high one had its answer */
#define CALLS_TAKEN   board->cells[7] /* by the last server */

/* One unit. The pause is where the next has its turn if one host thread plays all CPUs. */
static void work_unit(void)
{
    uint64_t turns = UNIT / 2 - 2;
    __asm__ volatile("1: dec %0\n\tjnz 1b\n\tpause" : "+r"(turns));
}

/* Instructions of all CPUs so far where time goes by them (8 time stamp ticks each), else just ticks. */
static uint64_t ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((uint64_t)high << 32 | low) / (board->exact ? 8 : 1);
}

static void wait_for(handle_t notification)
{
    uint64_t bits;
    EQUAL(sys_wait(notification, sys_clock() + 5 * SECOND, &bits), OK);
}

/* Server i passes each call on to server i + 1; the last one works. */
static void serve(void *number)
{
    uint64_t mine = (uint64_t)number;
    struct message m = message(0), request = message(0);
    for (;;) {
        EQUAL(ipc_reply_recv(ENDPOINT(mine), &m, DEADLINE_FOREVER), OK);
        if (mine + 1 < SERVERS) {
            EQUAL(ipc_call(ENDPOINT(mine + 1), &request, DEADLINE_FOREVER), OK);
            continue;
        }
        CALLS_TAKEN++;
        EQUAL(sys_signal(GO, 1), OK);
        for (unsigned i = 0; i < SECTION; i++)
            work_unit();
    }
}

static void be_low(void *unused)
{
    struct message m = message(0);
    (void)unused;
    EQUAL(ipc_call(ENDPOINT(0), &m, DEADLINE_FOREVER), OK);
}

static void be_middle(void *unused)
{
    (void)unused;
    wait_for(MIDDLE_GO);
    while (MIDDLE_UNITS < MIDDLE_RUN) {
        work_unit();
        MIDDLE_UNITS++;
    }
}

static void be_high(void *waits_for_middle)
{
    struct message m = message(0);
    uint64_t start;
    wait_for(GO);
    EQUAL(sys_signal(MIDDLE_GO, 1), OK);
    while (waits_for_middle && MIDDLE_UNITS == 0) /* on its own CPU it starts at once */
        __asm__ volatile("pause");
    start = ticks();
    EQUAL(ipc_call(ENDPOINT(0), &m, DEADLINE_FOREVER), OK);
    WAITED = ticks() - start;
    MIDDLE_BEFORE = MIDDLE_UNITS;
    EQUAL(sys_signal(FINISHED, 1), OK);
}

/* Servers on the CPUs that CPU_OF says; the middle thread beside the last of them. */
static void begin(unsigned servers, unsigned high_cpu)
{
    uint64_t last = servers - 1;
    SERVERS = servers;
    GO = new_notification();
    MIDDLE_GO = new_notification();
    FINISHED = new_notification();
    for (uint64_t i = 0; i < servers; i++)
        ENDPOINT(i) = new_endpoint();
    for (uint64_t i = 0; i < servers; i++)
        worker_on(1ul << CPU_OF(i), serve, (void *)i, SERVER + (unsigned)i);
    worker_on(1ul << CPU_OF(last), be_middle, 0, MIDDLE);
    worker_on(1ul << high_cpu, be_high, (void *)(uint64_t)(high_cpu != CPU_OF(last)), HIGH);
    settle();
}

/* `calls`: how many the last server has taken when the high one has its answer. */
static void judge(uint64_t calls)
{
    uint64_t most = (calls * SECTION + OVERHEAD) * UNIT, least = MIDDLE_RUN * UNIT;
    wait_for(FINISHED);
    EQUAL(CALLS_TAKEN, calls);
    if (board->exact)
        remark("%s inheritance the wait was %lu instructions; the sections %lu, the middle run %lu",
               board->inherits ? "with" : "without", WAITED, calls * SECTION * UNIT, least);
    else
        return; /* on a busy host the middle one may be done before the high one calls */
    if (board->inherits) {
        CHECK(WAITED <= most);
        CHECK(MIDDLE_BEFORE < MIDDLE_RUN);
    } else {
        CHECK(WAITED >= least);
        EQUAL(MIDDLE_BEFORE, MIDDLE_RUN);
    }
}

static void place_all_here(void)
{
    for (unsigned i = 0; i < 3; i++)
        CPU_OF(i) = board->thread_cpu;
}

/* The high one's call is the one in service. */
static void a_direct_call(void)
{
    place_all_here();
    begin(1, board->thread_cpu);
    EQUAL(sys_signal(GO, 1), OK);
    judge(1);
}

/* It waits in the queue, behind the low one's. */
static void a_queued_call(void)
{
    place_all_here();
    begin(1, board->thread_cpu);
    worker(be_low, 0, LOW);
    judge(2);
}

/* It goes through three servers that stand idle. */
static void a_direct_chain_of_three(void)
{
    place_all_here();
    begin(3, board->thread_cpu);
    EQUAL(sys_signal(GO, 1), OK);
    judge(1);
}

/* The low one's call has got to the last of three; the high one waits for the first. */
static void a_queued_chain_of_three(void)
{
    place_all_here();
    begin(3, board->thread_cpu);
    worker(be_low, 0, LOW);
    judge(2);
}

/* The same with the servers on as many CPUs as there are, and the high one on another than the last. */
static void a_queued_chain_across_cpus(void)
{
    for (unsigned i = 0; i < 3; i++)
        CPU_OF(i) = (3 - i) % board->cpus;
    begin(3, 0);
    worker_on(1, be_low, 0, LOW);
    judge(2);
}

int main(void)
{
    RUN(a_direct_call);
    RUN(a_queued_call);
    RUN(a_direct_chain_of_three);
    RUN(a_queued_chain_of_three);
    RUN_ON_MANY(a_queued_chain_across_cpus);
    finish();
}
