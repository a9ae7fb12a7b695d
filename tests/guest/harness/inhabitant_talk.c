#include "tests/guest/harness/inhabitant.h"

enum { REQUEST = 1, ANSWERED = 2 };

static uint64_t any_deadline(struct life *life)
{
    switch (roll(life, 32)) {
    case 0:
        return DEADLINE_FOREVER;
    case 1:
    case 2:
        return DEADLINE_POLL;
    default:
        return sys_clock() + roll(life, roll(life, 4) ? 3 * MILLISECOND : 100 * MICROSECOND);
    }
}

/* Pages that leave or may arrive, in this thread's movable Memory. Those that leave are marked with the word. */
static void send_pages(struct life *life, struct message *m)
{
    uint64_t first = roll(life, MOVABLE_PAGES), pages = 1 + roll(life, MOVABLE_PAGES - first);
    uint64_t address = place(life) + (PLACE_PAGES + first) * PAGE_SIZE;
    for (uint64_t i = 0; i < pages; i++)
        touch(address + i * PAGE_SIZE, m->words[0] + i);
    message_move(m, (void *)address, pages);
}

static void offer_window(struct life *life, struct message *m)
{
    uint64_t first = roll(life, MOVABLE_PAGES);
    message_window(m, (void *)(place(life) + (PLACE_PAGES + first) * PAGE_SIZE), MOVABLE_PAGES - first);
}

/* A message around this word: of any length, sometimes with capabilities, pages, or room for such things. */
static struct message compose(struct life *life, uint32_t label, uint64_t word)
{
    struct message m = message(label);
    m.word_count = (uint8_t)(1 + roll(life, roll(life, 4) ? 8 : MESSAGE_WORDS));
    m.words[0] = word;
    for (unsigned i = 1; i < MESSAGE_REGISTER_WORDS; i++)
        m.words[i] = i < m.word_count ? word + i : 0;
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < m.word_count; i++)
        message_page()->words[i] = word + i;
    if (roll(life, 8) == 0)
        for (uint64_t count = roll(life, 5); count; count--)
            message_give(&m, any_handle(life), roll(life, 4) == 0);
    if (roll(life, 8) == 0)
        send_pages(life, &m);
    if (roll(life, 4) == 0)
        offer_window(life, &m);
    m.accept = roll(life, 5) & 7;
    return m;
}

/* What arrived has all its words, and all its pages begin with the first. */
static void examine(struct life *life, const struct message *m, uint64_t word)
{
    uint64_t pages, *moved = message_moved(m, &pages);
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        EQUAL(m->words[i], i < m->word_count ? word + i : 0);
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < m->word_count; i++)
        EQUAL(message_page()->words[i], word + i);
    /* another thread of a wild neighbour may take them away at once */
    for (uint64_t i = 0; i < pages && is_peaceful(life->inhabitant); i++)
        EQUAL(moved[i * (PAGE_SIZE / 8)], word + i);
    tally(MOVED_PAGES, pages);
    for (unsigned i = 0; i < m->capability_count; i++)
        if (message_taken(m, i))
            keep(life, message_taken(m, i));
}

static void arrive(struct life *life, const struct message *m)
{
    uint64_t place = roll(life, PROMISES);
    tally(RECEIVED, 1);
    if (m->arrival != ARRIVAL_MESSAGE)
        return;
    if (m->label == REQUEST)
        examine(life, m, m->words[0]);
    if (m->token)
        life->promises[place] = (struct promise){m->token, m->label == REQUEST ? m->words[0] : 0};
}

static void judge(int status)
{
    CHECK(status <= E_WINDOW);
    if (status == OK)
        return;
    if (status == E_NO_ANSWER || status == E_SERVER_DIED)
        tally(UNKNOWN, 1);
    else
        tally(NOT_DELIVERED, 1);
}

static void call(struct life *life)
{
    struct message m = compose(life, REQUEST, roll(life, ~0ul));
    uint64_t word = m.words[0];
    for (uint64_t count = roll(life, 4); count == 1 || count == 2; count--) {
        for (unsigned i = 0; i < LENT; i++)
            life->lent[i] = word;
        message_lend(&m, life->lent, 8 * (1 + roll(life, LENT)), 1 + (unsigned)roll(life, 3));
    }
    tally(CALLS, 1);
    int status = ipc_call(any_endpoint(life), &m, any_deadline(life));
    judge(status);
    if (status != OK)
        return;
    tally(ANSWERS, 1);
    EQUAL(m.label, ANSWERED);
    examine(life, &m, word ^ ANSWER_DISGUISE);
}

static void send(struct life *life)
{
    struct message m = compose(life, REQUEST, roll(life, ~0ul));
    judge(ipc_send(any_endpoint(life), &m, any_deadline(life)));
}

static struct promise *any_promise(struct life *life)
{
    struct promise *promise = &life->promises[roll(life, PROMISES)];
    for (unsigned i = 0; i < PROMISES && !promise->token; i++)
        promise = &life->promises[i];
    return promise;
}

/* What is lent is the caller's word all over, also after somebody wrote there. */
static void use_lease(struct life *life)
{
    const struct promise *promise = any_promise(life);
    uint64_t offset = roll(life, 2) ? 0 : 8 * roll(life, LENT), length = 8 * (1 + roll(life, LENT)), done;
    unsigned index = (unsigned)roll(life, 2);
    bool writes = roll(life, 2);
    for (unsigned i = 0; i < LENT; i++)
        life->copied[i] = promise->word;
    int status = writes ? sys_lease_write(promise->token, index, offset, life->copied, length, &done)
                        : sys_lease_read(promise->token, index, offset, life->copied, length, &done);
    CHECK(status <= E_WINDOW);
    if (status == OK)
        tally(LEASES, 1);
    for (unsigned i = 0; i < LENT; i++)
        EQUAL(life->copied[i], promise->word);
}

static void reply(struct life *life)
{
    struct promise *promise = any_promise(life);
    struct message m = compose(life, ANSWERED, promise->word ^ ANSWER_DISGUISE);
    m.token = promise->token;
    int status = ipc_reply(&m);
    CHECK(status <= E_WINDOW);
    if (status == OK || status == E_STALE)
        promise->token = 0;
}

/* Answers and receives the next, a few times. */
static void serve(struct life *life, handle_t endpoint)
{
    for (uint64_t turns = roll(life, 6); turns; turns--) {
        struct promise *promise = any_promise(life);
        struct message m = compose(life, ANSWERED, promise->word ^ ANSWER_DISGUISE);
        m.token = promise->token;
        promise->token = 0;
        int status = ipc_reply_recv(endpoint, &m, any_deadline(life));
        CHECK(status <= E_WINDOW);
        if (status != OK)
            return;
        arrive(life, &m);
        if (roll(life, 2))
            use_lease(life);
    }
}

/* Receives; what comes of it waits, or is answered at once. */
static void receive(struct life *life)
{
    struct message m = message(0);
    handle_t endpoint = any_endpoint(life);
    m.accept = roll(life, 5) & 7;
    if (roll(life, 2))
        offer_window(life, &m);
    if (ipc_recv(endpoint, &m, any_deadline(life)) != OK)
        return;
    arrive(life, &m);
    if (roll(life, 2))
        use_lease(life);
    if (roll(life, 4))
        serve(life, endpoint);
    if (roll(life, 2))
        reply(life);
}

void talk(struct life *life)
{
    static void (*const ways[])(struct life * life) = {call, call, call, send, receive, receive, receive, reply};
    if (roll(life, 16) == 0)
        CHECK(sys_adopt(any_promise(life)->token) <= E_STALE);
    ways[roll(life, sizeof(ways) / sizeof(ways[0]))](life);
}
