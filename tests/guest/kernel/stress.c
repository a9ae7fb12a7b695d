/*
 * Everything at once: inhabitants (harness/inhabitant.h) on all CPUs do all there is to do, at random, while the
 * supervisor kills them and makes new ones, revokes and destroys what they share, and answers their faults.
 *
 * Each story has a seed of its own and begins and ends with nothing: the frame of the tests counts frames, objects,
 * capabilities, threads and processes before and after. Under -icount a seed is a run that can be repeated; boot
 * options: seed=N the first, stories=N how many, milliseconds=N how long each. In the debug image with validate=N the
 * kernel looks at itself all the while; with measure=on the line has its longest step with interrupts off.
 */
#include "tests/guest/harness/inhabitant.h"
#include "tests/guest/harness/line.h"
#include "user/lib/startup.h"
#include <string.h>

#define QUOTA  2500ul
#define NOBODY 1ul /* names no capability */

static handle_t faults; /* endpoint: where inhabitants' faults and ends are heard of; badge: which one, from 1 */
static handle_t processes[INHABITANTS], badges[INHABITANTS]; /* badges: of `faults`, one for each */
static handle_t endpoints[ENDPOINTS], notifications[NOTIFICATIONS], memories[MEMORIES];
static struct life dice; /* only for rolling */

static void give_all(uint64_t i)
{
    for (unsigned n = 0; n < ENDPOINTS; n++) {
        handle_t badged = 0;
        sys_cap_mint(SELF, endpoints[n], processes[i], RIGHTS_ALL & ~(roll(&dice, 4) ? 0 : RIGHT_RECEIVE), i + 1, 0,
                     &badged);
        ENDPOINT_OF(i, n) = badged;
    }
    for (unsigned n = 0; n < NOTIFICATIONS; n++)
        NOTICE_OF(i, n) = give(notifications[n], processes[i], RIGHTS_ALL);
    for (unsigned n = 0; n < MEMORIES; n++)
        MEMORY_OF(i, n) = give(memories[n], processes[i], RIGHTS_ALL);
    NEIGHBOUR(i) = HAS_BEGUN(i | 1) ? give(processes[i | 1], processes[i], RIGHTS_ALL) : 0;
    if (!NEIGHBOUR(i)) /* 0 would be itself */
        NEIGHBOUR(i) = NOBODY;
}

static void start(uint64_t i)
{
    INHABITANT_GO(i) = HAS_BEGUN(i) = 0;
    INHABITANT_SEED(i) = roll(&dice, ~0ul);
    badges[i] = minted(faults, RIGHT_SEND, i + 1);
    processes[i] = clone(
        inhabit, (void *)i,
        &(struct clone_options){
            .quota = QUOTA, .fault = badges[i], .priority = 1 + (unsigned)roll(&dice, 12), .highest = MOST_IMPORTANT});
    CHECK(processes[i] != 0);
    give_all(i);
    INHABITANT_GO(i) = 1;
}

static void kill(uint64_t i)
{
    tally(KILLS, 1);
    EQUAL(sys_cap_delete(SELF, processes[i]), OK);
    EQUAL(sys_cap_delete(SELF, badges[i]), OK);
    start(i);
}

/* ---- faults ---- */

/* Goes on behind an instruction that may fault. Any other is the end of a wild one's thread; of a peaceful one's, a bug
 * in the kernel or in this test. */
static void answer_fault(const struct message *fault)
{
    struct registers *registers = &message_page()->registers;
    struct message m = {.token = fault->token, .word_count = 1, .words = {FAULT_RESUME}};
    tally(FAULTS, 1);
    if (registers->rip >= (uint64_t)touch_begin && registers->rip < (uint64_t)touch_failed)
        registers->rip = (uint64_t)touch_failed;
    else if (registers->rip == (uint64_t)stumble)
        registers->rip += 2;
    else if (is_peaceful(fault->badge - 1))
        story_compare((struct place){__FILE__, __LINE__, "a peaceful inhabitant's fault address"},
                      fault->words[FAULT_RIP], 0);
    else
        m.words[0] = 0;
    CHECK(ipc_reply(&m) <= E_STALE);
}

static void hear(void)
{
    struct message m = message(0);
    if (ipc_recv(faults, &m, sys_clock() + 1 + roll(&dice, MILLISECOND)) != OK)
        return;
    if (m.arrival == ARRIVAL_MESSAGE && m.label == LABEL_FAULT)
        answer_fault(&m);
    else if (m.label == LABEL_EXIT && m.words[0] == 1)
        story_fail(__FILE__, __LINE__, "an inhabitant found something wrong");
}

/* ---- the supervisor's own deeds ---- */

/* All copies of something disappear; then everybody gets new ones. */
static void revoke_something(void)
{
    uint64_t n = roll(&dice, ENDPOINTS + NOTIFICATIONS + MEMORIES);
    handle_t *handle = n < ENDPOINTS                   ? &endpoints[n]
                       : n < ENDPOINTS + NOTIFICATIONS ? &notifications[n - ENDPOINTS]
                                                       : &memories[n - ENDPOINTS - NOTIFICATIONS];
    tally(REVOKES, 1);
    EQUAL(sys_cap_revoke(SELF, *handle), OK);
    if (roll(&dice, 2)) {
        EQUAL(sys_cap_delete(SELF, *handle), OK);
        *handle = n < ENDPOINTS ? new_endpoint() : n < ENDPOINTS + NOTIFICATIONS ? new_notification() : new_memory(8);
    }
    for (unsigned i = 0; i < INHABITANTS; i++)
        give_all(i);
}

static void interfere(void)
{
    uint64_t found;
    switch (roll(&dice, 32)) {
    case 0:
        kill(roll(&dice, INHABITANTS));
        break;
    case 2:
        revoke_something();
        break;
    case 3:
        if (inhabitants_audit)
            EQUAL(sys_audit(SELF, &found), OK);
        break;
    case 4: /* its next fault is its end */
        EQUAL(sys_cap_revoke(SELF, badges[1 + 2 * roll(&dice, INHABITANTS / 2)]), OK);
        break;
    case 5:
        for (unsigned i = 0; i < INHABITANTS; i++)
            if (figure(processes[i], PROCESS_EXITED))
                kill(i);
    }
}

static uint64_t duration; /* nanoseconds */

/* Nanoseconds with interrupts off, since the last time; 0 if nobody measures. */
static uint64_t longest_step(void)
{
    return sys_system_info(SYSTEM_LONGEST_STEP) * 1000000 / sys_system_info(SYSTEM_TSC_KHZ);
}

static void everything_at_once(void)
{
    uint64_t end = sys_clock() + duration;
    longest_step();
    dice.dice = board->seed * 0x9e3779b97f4a7c15ul;
    faults = new_endpoint();
    for (unsigned i = 0; i < ENDPOINTS; i++)
        endpoints[i] = new_endpoint();
    for (unsigned i = 0; i < NOTIFICATIONS; i++)
        notifications[i] = new_notification();
    for (unsigned i = 0; i < MEMORIES; i++)
        memories[i] = new_memory(8);
    for (unsigned i = 0; i < INHABITANTS; i++)
        start(i);
    while (sys_clock() < end) {
        hear();
        interfere();
    }
    for (unsigned i = 0; i < INHABITANTS; i++)
        EQUAL(sys_cap_delete(SELF, processes[i]), OK);
    remark("seed %lu: %lu operations, %lu calls, %lu answers, %lu leases, %lu moved pages, %lu faults, %lu kills, "
           "%lu revokes; longest step %lu ns",
           board->seed, TALLY(OPERATIONS), TALLY(CALLS), TALLY(ANSWERS), TALLY(LEASES), TALLY(MOVED_PAGES),
           TALLY(FAULTS), TALLY(KILLS), TALLY(REVOKES), longest_step());
}

int main(void)
{
    uint64_t stories = boot_number("stories=", 2);
    inhabitants_audit = strstr(bootinfo()->command_line, "measure=on") == NULL; /* one long step */
    duration = boot_number("milliseconds=", 300) * MILLISECOND;
    for (uint64_t i = 0; i < stories; i++) {
        RUN_ONCE(everything_at_once);
        board->seed++;
    }
    finish();
}
