/*
 * The same long random sequence of everything that messages can be, told twice: once with the short paths and once
 * without (boot option short=off). Every register and all that lies in memory goes into a digest, which must be the
 * same both times (tests/system/test_paths.py compares).
 *
 * A director puts one or a few calls before actors (harness/actor.h) and settles; then it takes down what came of them,
 * and goes on. Nothing depends on how long anything takes: actors have priorities of their own, deadlines are long past
 * or never come, and the director waits until nobody can go on. Boot options: seed=N the first story's, stories=N,
 * steps=N in each.
 */
#include "tests/guest/harness/actor.h"
#include "tests/guest/harness/line.h"
#include <string.h>

enum { ENDPOINTS = 3, NOTIFICATIONS = 2, TOKENS = 12 };

#define FAR_AWAY (1ul << 60) /* a deadline that is armed and never comes */
#define PAST     1ul         /* one that is armed and has come */

static uint64_t dice, digest, steps;
static handle_t companies[COMPANIES], cues[ACTORS];
static handle_t endpoints[ENDPOINTS], notifications[NOTIFICATIONS]; /* the roots */
static handle_t endpoint_of[COMPANIES][ENDPOINTS], notification_of[COMPANIES][NOTIFICATIONS];
static uint64_t acted[ACTORS];             /* calls that the director knows to be done */
static uint64_t put[ACTORS];               /* calls that it put before them */
static uint64_t tokens[COMPANIES][TOKENS]; /* that its actors received last */
static unsigned tokens_known, calls_done;
static unsigned shift; /* of priorities */

static uint64_t roll(uint64_t below)
{
    return (next_random(&dice) >> 8) % below;
}

static void note(uint64_t value)
{
    digest = stir(digest, value);
}

/* ---- who takes part ---- */

static unsigned any_rights(void)
{
    static const unsigned missing[] = {RIGHT_SEND, RIGHT_RECEIVE, RIGHT_GIVE};
    return roll(6) ? RIGHTS_ALL : RIGHTS_ALL & ~missing[roll(3)];
}

static void give_everything(unsigned company)
{
    for (unsigned i = 0; i < ENDPOINTS; i++)
        EQUAL(sys_cap_mint(SELF, endpoints[i], companies[company], any_rights(), 100 * company + i + 1, 0,
                           &endpoint_of[company][i]),
              OK);
    for (unsigned i = 0; i < NOTIFICATIONS; i++)
        EQUAL(sys_cap_copy(SELF, notifications[i], companies[company], any_rights(), &notification_of[company][i]), OK);
}

/* No two have the same, so that it never matters when a time slice ends; who is above whom changes. */
static void set_priorities(unsigned company)
{
    for (unsigned a = 0; a < ACTORS; a++) {
        handle_t thread;
        if (COMPANY_OF(a) != company)
            continue;
        EQUAL(sys_cap_copy(companies[company], ACTOR_THREAD(a), SELF, RIGHTS_ALL, &thread), OK);
        EQUAL(sys_thread_set(thread, 2 + (a + shift) % ACTORS, 1), OK);
        EQUAL(sys_cap_delete(SELF, thread), OK);
    }
}

static void start_company(unsigned company)
{
    struct clone_options options = {.priority = 1, .highest = 15, .affinity = 1};
    COMPANY_READY(company) = 0;
    if (company == 0) {
        actors_begin(0);
    } else {
        options.fault = minted(endpoints[company], RIGHT_SEND, 1000 + company); /* its faults go to other actors */
        companies[company] = clone(actors_begin, (void *)(uint64_t)company, &options);
        CHECK(companies[company] != 0);
    }
    settle();
    EQUAL(COMPANY_READY(company), 1);
    set_priorities(company);
    for (unsigned a = 0; a < ACTORS; a++)
        if (COMPANY_OF(a) == company) {
            EQUAL(sys_cap_copy(companies[company], CUE(a), SELF, RIGHTS_ALL, &cues[a]), OK);
            acted[a] = put[a] = ACTED(a) = 0;
        }
    give_everything(company);
}

static bool is_idle(unsigned actor)
{
    return acted[actor] == put[actor];
}

/* Some idle actor; ACTORS if there is none. */
static unsigned any_idle_actor(void)
{
    unsigned first = (unsigned)roll(ACTORS);
    for (unsigned i = 0; i < ACTORS; i++)
        if (is_idle((first + i) % ACTORS))
            return (first + i) % ACTORS;
    return ACTORS;
}

/* ---- taking down ---- */

static uint64_t operations[ACTORS], answered[ACTORS]; /* what each is at, and with which token */

static bool receives(uint64_t operation)
{
    return operation == SYS_CALL || operation == SYS_RECV || operation == SYS_REPLY_RECV;
}

static void forget(uint64_t token)
{
    for (unsigned i = 0; i < COMPANIES * TOKENS; i++)
        if (tokens[i / TOKENS][i % TOKENS] == token)
            tokens[i / TOKENS][i % TOKENS] = 0;
}

static void keep(unsigned company, uint64_t token)
{
    unsigned place = 0;
    while (place < TOKENS - 1 && tokens[company][place])
        place++;
    tokens[company][place] = token;
    tokens_known++;
}

static void take_down(unsigned actor, uint64_t operation)
{
    volatile uint64_t *registers = REGISTER(actor);
    uint64_t shape = registers[0];
    note(actor);
    note(DIGEST(actor));
    if (operation < SYS_SEND || operation > SYS_REPLY_RECV) { /* status and value; cap_info has a second one */
        note(shape);
        note(registers[3]);
        note(operation == SYS_CAP_INFO ? registers[2] : 0);
        return;
    }
    if (operation == SYS_REPLY || operation == SYS_REPLY_RECV)
        forget(answered[actor]);
    if (SHAPE_GET_STATUS(shape) != OK || !receives(operation)) {
        note(SHAPE_GET_STATUS(shape));
        return;
    }
    for (unsigned i = 0; i < 4 + MESSAGE_REGISTER_WORDS; i++)
        note(registers[i]);
    if (operation != SYS_CALL && registers[3])
        keep(COMPANY_OF(actor), registers[3]);
}

/* The time slice begins anew, as it does when a CPU was idle: none ends while actors act. */
static void begin_slice(void)
{
    rest(1);
}

/* Everybody goes on as far as they can; what they did is taken down, by number. */
static void let_them_act(void)
{
    settle();
    CHECK(!board->failed); /* in an actor */
    for (unsigned a = 0; a < ACTORS; a++) {
        note(ACTED(a));
        if (ACTED(a) != acted[a])
            take_down(a, operations[a]);
        calls_done += ACTED(a) != acted[a];
        acted[a] = ACTED(a);
    }
    steps++;
}

/* ---- putting calls before them ---- */

/* A token that this actor can answer, if there is one; sometimes one that it cannot. */
static uint64_t any_token(unsigned actor)
{
    unsigned company = roll(16) ? COMPANY_OF(actor) : (unsigned)roll(COMPANIES);
    uint64_t token = tokens[company][roll(TOKENS)];
    for (unsigned i = 0; i < TOKENS && !token; i++)
        token = tokens[company][i];
    return roll(32) ? token : dice;
}

static handle_t any_endpoint(unsigned actor)
{
    return roll(24) ? endpoint_of[COMPANY_OF(actor)][roll(ENDPOINTS)] : (1000 + roll(30)) | 1ul << 32;
}

static handle_t any_handle(unsigned actor)
{
    return roll(2) ? notification_of[COMPANY_OF(actor)][roll(NOTIFICATIONS)] : any_endpoint(actor);
}

/* When a deadline that is past ends a call depends on how long the call takes. So an actor that may have one acts
 * alone, and nobody can tell. */
static bool acts_alone;

static uint64_t any_deadline(void)
{
    static const uint64_t deadlines[] = {
        DEADLINE_FOREVER, DEADLINE_FOREVER, DEADLINE_FOREVER, FAR_AWAY, FAR_AWAY + 7, DEADLINE_POLL, PAST};
    return deadlines[roll(acts_alone ? 7 : 6)];
}

static uint64_t any_shape(unsigned actor, uint64_t operation)
{
    static const unsigned words[] = {0, 0, 1, 2, 3, 4, 4, 5, 7, 8, 8, 9, 16, 33, 63, 64};
    uint64_t shape = SHAPE_WORDS(words[roll(16)]) | SHAPE_LABEL(roll(4) ? roll(1000) : 0);
    if (roll(4) == 0)
        shape |= SHAPE_ACCEPT(roll(8));
    if (roll(6) == 0) {
        uint64_t count = 1 + roll(4);
        shape |= SHAPE_CAPABILITIES(count);
        for (unsigned i = 0; i < count; i++)
            GIFT(actor, i) = any_handle(actor);
        MOVES(actor) = roll(8) ? 0 : roll(16);
    }
    if (operation == SYS_CALL && roll(3) == 0)
        shape |= SHAPE_LEASES(1 + roll(2));
    if (roll(6) == 0)
        shape |= SHAPE_MOVE;
    if (roll(3) == 0)
        shape |= SHAPE_WINDOW;
    return roll(32) ? shape : dice & ~0xfful; /* or anything at all */
}

static unsigned place[ACTORS]; /* the endpoint that each used last */

/* Mostly where somebody waits for a call, or where it received last. */
static unsigned likely_place(unsigned actor, uint64_t operation)
{
    if (operation == SYS_REPLY_RECV && roll(4))
        return place[actor];
    for (unsigned a = 0; operation == SYS_CALL && a < ACTORS; a++)
        if (!is_idle(a) && (operations[a] == SYS_RECV || operations[a] == SYS_REPLY_RECV) && roll(2))
            return place[a];
    return (unsigned)roll(ENDPOINTS);
}

static void put_message_call(unsigned actor)
{
    static const uint64_t some[] = {SYS_SEND, SYS_RECV, SYS_REPLY};
    uint64_t operation = roll(4) == 0 ? some[roll(3)] : roll(2) ? SYS_CALL : SYS_REPLY_RECV;
    volatile uint64_t *registers = REGISTER(actor);
    place[actor] = likely_place(actor, operation);
    registers[0] = operation | any_shape(actor, operation);
    registers[1] = roll(24) ? endpoint_of[COMPANY_OF(actor)][place[actor]] : any_endpoint(actor);
    registers[2] = any_deadline();
    registers[3] = any_token(actor);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        registers[4 + i] = roll(4) ? next_random(&dice) : FAULT_RESUME;
    KIND(actor) = KIND_MESSAGE;
}

/* rax, rdi, rsi, rdx, r10, r8, r9 */
static void put_call(unsigned actor, const uint64_t arguments[7])
{
    for (unsigned i = 0; i < 4 + MESSAGE_REGISTER_WORDS; i++)
        REGISTER(actor)[i] = i < 7 ? arguments[i] : 0;
}

static void put_other_call(unsigned actor)
{
    uint64_t buffer = (uint64_t)actor_memory[actor];
    KIND(actor) = KIND_CALL;
    switch (roll(9)) {
    case 0:
        put_call(actor, (uint64_t[7]){SYS_ADOPT, any_token(actor)});
        break;
    case 1:
    case 2:
        put_call(actor,
                 (uint64_t[7]){SYS_LEASE_READ + roll(2), any_token(actor), roll(3), roll(600), buffer, roll(600)});
        break;
    case 3:
        put_call(actor, (uint64_t[7]){SYS_SIGNAL, notification_of[COMPANY_OF(actor)][roll(2)], 1 + roll(255)});
        break;
    case 4:
        put_call(actor, (uint64_t[7]){SYS_WAIT, notification_of[COMPANY_OF(actor)][roll(2)], any_deadline()});
        break;
    case 5:
        put_call(actor, (uint64_t[7]){SYS_ENDPOINT_BIND, any_endpoint(actor), roll(3) ? 0 : any_handle(actor)});
        break;
    case 6:
        put_call(actor, (uint64_t[7]){SYS_CAP_INFO, SELF, any_handle(actor)});
        break;
    case 7:
        put_call(actor, (uint64_t[7]){SYS_YIELD});
        break;
    default:
        if (COMPANY_OF(actor)) /* whose faults other actors hear of */
            KIND(actor) = KIND_STUMBLE;
        put_call(actor, (uint64_t[7]){SYS_NULL});
    }
}

static void cue(unsigned actor)
{
    operations[actor] = KIND(actor) == KIND_STUMBLE ? (uint64_t)SYS_NULL : REGISTER(actor)[0] & 0xff;
    answered[actor] = REGISTER(actor)[3];
    SEED_OF(actor) = next_random(&dice);
    put[actor]++;
    EQUAL(sys_signal(cues[actor], 1), OK);
}

static void put_something(void)
{
    unsigned actor = any_idle_actor();
    if (actor == ACTORS)
        return;
    roll(4) ? put_message_call(actor) : put_other_call(actor);
    cue(actor);
}

/* ---- what the director does itself ---- */

static void renew_endpoint(void)
{
    unsigned which = (unsigned)roll(ENDPOINTS);
    EQUAL(sys_cap_revoke(SELF, endpoints[which]), OK);
    if (roll(2)) {
        EQUAL(sys_cap_delete(SELF, endpoints[which]), OK);
        endpoints[which] = new_endpoint();
    }
    for (unsigned c = 0; c < COMPANIES; c++)
        give_everything(c);
}

static void restart_company(unsigned company)
{
    EQUAL(sys_cap_delete(SELF, companies[company]), OK);
    memset(tokens[company], 0, sizeof(tokens[company]));
    start_company(company);
}

/* Every call that waits for an answer gets one, if somebody of the company is idle. */
static void have_all_answered(void)
{
    for (unsigned a = 0; a < ACTORS; a++)
        for (unsigned i = 0; i < TOKENS; i++)
            if (is_idle(a) && tokens[COMPANY_OF(a)][i]) {
                begin_slice();
                acts_alone = true;
                put_message_call(a);
                REGISTER(a)[0] = SYS_REPLY | SHAPE_WORDS(roll(9));
                REGISTER(a)[3] = tokens[COMPANY_OF(a)][i];
                cue(a);
                let_them_act();
            }
}

/* Whoever waits for a message gets one, or is received, or finds bits. */
static void free_everybody(void)
{
    for (unsigned i = 0; i < ENDPOINTS; i++) {
        struct message m = message(77);
        begin_slice();
        note((uint64_t)ipc_send(endpoints[i], &m, DEADLINE_POLL));
        note((uint64_t)ipc_recv(endpoints[i], &m, DEADLINE_POLL));
        if (m.token)
            note((uint64_t)ipc_reply(&(struct message){.token = m.token}));
        let_them_act();
    }
    for (unsigned i = 0; i < NOTIFICATIONS; i++)
        EQUAL(sys_signal(notifications[i], 1), OK);
    let_them_act();
    have_all_answered();
}

static void direct(void)
{
    unsigned busy = 0;
    for (unsigned a = 0; a < ACTORS; a++)
        busy += !is_idle(a);
    switch (roll(64)) {
    case 0:
        renew_endpoint();
        break;
    case 1:
        restart_company(1 + (unsigned)roll(2));
        break;
    case 2:
    case 3:
        shift = (unsigned)roll(ACTORS);
        for (unsigned c = 0; c < COMPANIES; c++)
            set_priorities(c);
        break;
    default:
        if (busy > 5 && roll(2))
            free_everybody();
        if (busy > 6 && roll(8) == 0)
            restart_company(1 + (unsigned)roll(2));
    }
    let_them_act(); /* whom this woke */
    begin_slice();
    acts_alone = roll(2);
    for (uint64_t count = acts_alone ? 1 : 1 + roll(4); count; count--)
        put_something();
    let_them_act();
}

static uint64_t most_steps;

static void everything_that_messages_can_be(void)
{
    uint64_t start = sys_clock();
    dice = (board->seed + 1) * 0x9e3779b97f4a7c15ul;
    companies[0] = own.self;
    for (unsigned i = 0; i < ENDPOINTS; i++)
        endpoints[i] = new_endpoint();
    for (unsigned i = 0; i < NOTIFICATIONS; i++)
        notifications[i] = new_notification();
    for (unsigned c = 0; c < COMPANIES; c++)
        start_company(c);
    while (steps < most_steps)
        direct();
    remark("seed %lu, %lu steps: %u calls, %u tokens, digest %016lx; %lu us", board->seed, steps, calls_done,
           tokens_known, digest, (sys_clock() - start) / MICROSECOND);
}

int main(void)
{
    uint64_t stories = boot_number("stories=", 2);
    most_steps = boot_number("steps=", 3000);
    for (uint64_t i = 0; i < stories; i++) {
        RUN_ONCE(everything_that_messages_can_be);
        board->seed++;
    }
    finish();
}
