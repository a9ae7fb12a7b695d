/*
 * Nobody touches a page that has moved.
 *
 * A patient process has a thread on each CPU that reads the first word of some pages and counts in another, as fast as
 * it can. The pages move to the story, in every way that a message can take; then the story looks: no word may change
 * any more, and nobody may read what it writes there. The threads, meanwhile, have met the hole. The pages move back,
 * and they go on where they were.
 *
 * Where all threads are at work a round takes long, for the host has fewer CPUs than the machine, and a shootdown waits
 * for each. So there are also stories in which they take turns, one in each round, while the others wait at the hole:
 * thousands of moves.
 *
 * The same for pages that are replaced where others land: their frames, once they are somebody else's, stay as they
 * are.
 */
#include "tests/guest/harness/movable.h"
#include "user/lib/memory.h"

#define SHARED     ((char *)HEAP_BASE + 0x12345000) /* where the patient has the pages */
#define MOST_PAGES 12
#define ROUNDS     2000
#define LOOKS      50 /* at the words after each move */
#define TOUCHER    10 /* priority of the threads, below everybody else's */
#define FOREIGN    (~0ul)

#define EXPECTED   board->cells[1] /* what may be read in the first word of each page */
#define SURPRISES  board->cells[2] /* how often something else was read */
#define ORDERS     board->cells[3] /* the patient's handles of two endpoints */
#define GIFTS      board->cells[4]
#define TOUCHES(i) board->cells[100 + (i)]

/* Orders to the patient: to take the pages that come along, or to give them: with its answer, or after it. */
enum { TAKE = 1, ANSWER = 2, SEND = 3, CALL = 4 };

static handle_t faults, orders, gifts;
static uint64_t pages;
static struct movable ours;

static unsigned first_awake, awake; /* places in the lists below, of the threads that are at work in this round */
static uint64_t token[MAX_CPUS];    /* of the faults that wait */
static struct registers saved[MAX_CPUS];

/* ---- the patient ---- */

/* The word of a thread in a page: a cache line each. */
static volatile uint64_t *word(const void *place, uint64_t page, uint64_t thread)
{
    return tag_of(place, page) + 8 * (1 + thread);
}

/* Where one host thread plays all CPUs, this is where the next has its turn. */
static void pause(void)
{
    __asm__ volatile("pause");
}

static void touch(void *number)
{
    uint64_t thread = (uint64_t)number;
    for (uint64_t page = 0;; page = page + 1 < pages ? page + 1 : 0) {
        uint64_t seen = *(volatile uint64_t *)tag_of(SHARED, page);
        if (seen != EXPECTED)
            SURPRISES = seen;
        ++*word(SHARED, page, thread);
        TOUCHES(thread)++;
        pause();
    }
}

static void give_them(unsigned order)
{
    struct message m = message(0);
    message_move(&m, SHARED, pages);
    EQUAL(order == SEND ? ipc_send(GIFTS, &m, DEADLINE_FOREVER) : ipc_call(GIFTS, &m, DEADLINE_FOREVER), OK);
}

static void obey(void *unused)
{
    struct message m = message(0);
    handle_t memory;
    (void)unused;
    EQUAL(sys_memory_create(SELF, pages, MEMORY_MOVABLE, &memory), OK);
    EQUAL(sys_map(SELF, memory, SHARED, 0, pages, READ_WRITE), OK);
    for (uint64_t i = 0; i < board->cpus; i++)
        worker_on(1ul << i, touch, (void *)i, TOUCHER);
    EVENTUALLY(ORDERS && GIFTS);
    message_window(&m, SHARED, pages);
    while (ipc_reply_recv(ORDERS, &m, DEADLINE_FOREVER) == OK) {
        m.move = 0;
        if (m.label == ANSWER)
            message_move(&m, SHARED, pages);
        if (m.label == SEND || m.label == CALL) {
            EQUAL(ipc_reply(&m), OK);
            give_them(m.label);
            m.token = 0;
        }
        message_window(&m, SHARED, pages);
    }
}

/* ---- the story ---- */

static void obeyed(struct message *m)
{
    EQUAL(ipc_call(orders, m, sys_clock() + 5 * SECOND), OK);
}

static void take_with_the_answer(void)
{
    struct message m = message(ANSWER);
    message_window(&m, ours.place, pages);
    obeyed(&m);
    EQUAL(m.move, 1);
}

/* As an odd round goes, the patient has waited for us, or we for the patient. */
static void take_after_the_answer(unsigned order)
{
    struct message m = message(order);
    obeyed(&m);
    if (board->rounds % 2)
        rest(20 * MICROSECOND);
    m = message(0);
    message_window(&m, ours.place, pages);
    EQUAL(ipc_recv(gifts, &m, sys_clock() + 5 * SECOND), OK);
    EQUAL(m.move, 1);
    m.move = 0;
    if (order == CALL)
        EQUAL(ipc_reply(&m), OK);
}

static void take_by_a_send(void)
{
    take_after_the_answer(SEND);
}

static void take_by_a_call(void)
{
    take_after_the_answer(CALL);
}

/* They come back with the number of the round in each. */
static void give_back(void)
{
    struct message m = message(TAKE);
    EXPECTED = board->rounds;
    for (uint64_t page = 0; page < pages; page++)
        *tag_of(ours.place, page) = board->rounds;
    message_move(&m, ours.place, pages);
    obeyed(&m);
}

static void nobody_touches(void)
{
    static uint64_t before[MOST_PAGES][MAX_CPUS];
    for (uint64_t page = 0; page < pages; page++) {
        *(volatile uint64_t *)tag_of(ours.place, page) = FOREIGN;
        for (uint64_t i = 0; i < board->cpus; i++)
            before[page][i] = *word(ours.place, page, i);
    }
    for (unsigned look = 0; look < LOOKS; look += (unsigned)pages) {
        pause();
        for (uint64_t page = 0; page < pages; page++)
            for (uint64_t i = 0; i < board->cpus; i++)
                EQUAL(*word(ours.place, page, i), before[page][i]);
    }
    EQUAL(SURPRISES, 0);
}

/* Every thread that was at work has met a hole. */
static void collect_faults(void)
{
    for (unsigned i = first_awake; i < first_awake + awake; i++) {
        struct message m = received(faults);
        EQUAL(m.label, LABEL_FAULT);
        EQUAL(m.words[FAULT_VECTOR], 14);
        CHECK(m.words[FAULT_ADDRESS] - (uint64_t)SHARED < pages * PAGE_SIZE);
        token[i] = m.token;
        saved[i] = message_page()->registers;
    }
}

static void resume_threads(void)
{
    for (unsigned i = first_awake; i < first_awake + awake; i++) {
        struct message m = {.token = token[i], .word_count = 1, .words = {FAULT_RESUME}};
        message_page()->registers = saved[i];
        EQUAL(ipc_reply(&m), OK);
    }
}

/* Pages that are replaced while threads use them are holes for a moment; nobody else may meet one. */
static bool holes_are_right;
static void resume_who_met_a_hole(void)
{
    struct message m = message(0);
    while (ipc_recv(faults, &m, DEADLINE_POLL) == OK) {
        struct message go_on = {.token = m.token, .word_count = 1, .words = {FAULT_RESUME}};
        CHECK(holes_are_right && m.words[FAULT_VECTOR] == 14);
        EQUAL(ipc_reply(&go_on), OK);
        m = message(0);
    }
}

static void all_touch(void)
{
    for (uint64_t i = 0; i < board->cpus; i++) {
        uint64_t before = TOUCHES(i), limit = sys_clock() + 5 * SECOND;
        while (TOUCHES(i) == before) {
            CHECK(sys_clock() < limit);
            resume_who_met_a_hole();
            rest(50 * MICROSECOND); /* one of them is on this CPU */
        }
    }
}

static void begin(uint64_t count_of_pages)
{
    handle_t process;
    awake = board->cpus;
    pages = count_of_pages;
    ours = movable(pages, 100);
    faults = new_endpoint();
    orders = new_endpoint();
    gifts = new_endpoint();
    process = clone(obey, 0, &(struct clone_options){.fault = faults, .affinity = 1, .quota = 500});
    CHECK(process != 0);
    ORDERS = give(orders, process, RIGHTS_ALL);
    GIFTS = give(gifts, process, RIGHTS_ALL);
    all_touch();
}

static void tell(uint64_t count_of_pages, void (*take)(void))
{
    begin(count_of_pages);
    while (again(ROUNDS)) {
        take();
        nobody_touches();
        collect_faults();
        give_back();
        resume_threads();
        all_touch();
    }
}

static uint64_t all_touches(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < board->cpus; i++)
        sum += TOUCHES(i);
    return sum;
}

/* The one thread that is at work touches the pages. */
static void one_touches(void)
{
    uint64_t before = all_touches(), limit = sys_clock() + 5 * SECOND;
    while (all_touches() == before) {
        CHECK(sys_clock() < limit);
        rest(20 * MICROSECOND); /* it may be on this CPU */
    }
}

/* The same with the threads taking turns. */
static void tell_by_turns(uint64_t count_of_pages, void (*take)(void))
{
    begin(count_of_pages);
    while (again_within(ROUNDS, 5 * SECOND)) {
        take();
        nobody_touches();
        collect_faults();
        first_awake = (unsigned)(board->rounds % board->cpus);
        awake = 1;
        give_back();
        resume_threads();
        one_touches();
    }
}

static void by_turns_after_an_answer(void)
{
    tell_by_turns(1, take_with_the_answer);
}

static void by_turns_after_a_send(void)
{
    tell_by_turns(1, take_by_a_send);
}

static void by_turns_after_a_call(void)
{
    tell_by_turns(6, take_by_a_call);
}

static void after_an_answer(void)
{
    tell(1, take_with_the_answer);
}

static void after_a_send(void)
{
    tell(1, take_by_a_send);
}

static void after_a_call(void)
{
    tell(1, take_by_a_call);
}

/* As many as a shootdown names one by one, and more. */
static void after_a_move_of_some_pages(void)
{
    tell(6, take_with_the_answer);
}

static void after_a_move_of_many_pages(void)
{
    tell(MOST_PAGES, take_with_the_answer);
}

/* ---- pages that are replaced ---- */

#define CAUGHT 4 /* fresh pages: what was freed last is among them */

/* New pages for us, in which all is as the threads expect it. */
static void renew_ours(void)
{
    EQUAL(sys_unmap(SELF, ours.memory), OK);
    EQUAL(sys_map(SELF, ours.memory, ours.place, 0, pages, READ_WRITE), OK);
    *tag_of(ours.place, 0) = EXPECTED;
}

static void nobody_writes_into(const struct movable *caught)
{
    for (unsigned look = 0; look < LOOKS; look++) {
        pause();
        for (uint64_t page = 0; page < CAUGHT; page++)
            for (uint64_t i = 0; i < board->cpus; i++)
                EQUAL(*word(caught->place, page, i), 0);
    }
}

static void those_that_are_replaced(void)
{
    begin(1);
    holes_are_right = true;
    while (again(ROUNDS)) {
        struct message m = message(TAKE);
        struct movable caught;
        renew_ours();
        message_move(&m, ours.place, 1);
        obeyed(&m);
        caught = movable(CAUGHT, FOREIGN - CAUGHT);
        nobody_writes_into(&caught);
        all_touch();
        nobody_writes_into(&caught);
        EQUAL(SURPRISES, 0);
        EQUAL(sys_cap_delete(SELF, caught.memory), OK);
        address_release(caught.place, CAUGHT);
    }
}

int main(void)
{
    RUN_ONCE(after_an_answer);
    RUN_ONCE(after_a_send);
    RUN_ONCE(after_a_call);
    RUN_ONCE(after_a_move_of_some_pages);
    RUN_ONCE(after_a_move_of_many_pages);
    RUN_ONCE(by_turns_after_an_answer);
    RUN_ONCE(by_turns_after_a_send);
    RUN_ONCE(by_turns_after_a_call);
    RUN_ONCE(those_that_are_replaced);
    finish();
}
