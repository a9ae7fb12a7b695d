/*
 * What is taken from an address space is gone on every CPU when the call returns.
 *
 * A patient process has one writer thread on each other CPU; all count in the same memory, each in its own words, as
 * fast as they can. The story takes the memory away, by every way there is, and then looks at the frames through a
 * mapping of its own: no word may change any more. The writers, meanwhile, have faulted; the memory comes back and they
 * go on where they were.
 */
#include "tests/guest/harness/story.h"
#include "user/lib/memory.h"

#define SHARED     (HEAP_BASE + 0x12345000)
#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)
#define LOOKS      50 /* at the words after each taking */
#define ROUNDS     1000

static handle_t endpoint, patient, memory, theirs;
static volatile char *window; /* our view of the memory */
static uint64_t pages;        /* of the memory; the writers go through them in turn */

static uint64_t token[MAX_CPUS]; /* of the faults that wait */
static struct registers saved[MAX_CPUS];

/* A writer's word in a page: a cache line for each CPU. */
static volatile uint64_t *word(volatile char *base, uint64_t page, uint64_t cpu)
{
    return (volatile uint64_t *)(base + page * PAGE_SIZE + cpu * 64);
}

/* Where one host thread plays all CPUs, this is where the next has its turn. */
static void pause(void)
{
    __asm__ volatile("pause");
}

static void count(void *cpu)
{
    for (uint64_t page = 0;; page = page + 1 < pages ? page + 1 : 0) {
        ++*word((volatile char *)SHARED, page, (uint64_t)cpu);
        pause();
    }
}

static void start_writers(void *unused)
{
    (void)unused;
    for (uint64_t cpu = 1; cpu < board->cpus; cpu++)
        worker_on(1ul << cpu, count, (void *)cpu, CLONE_PRIORITY);
    for (;;)
        rest(1000 * SECOND);
}

/* Every writer has met the end of the memory. */
static void collect_faults(void)
{
    for (unsigned i = 1; i < board->cpus; i++) {
        struct message m = received(endpoint);
        EQUAL(m.label, LABEL_FAULT);
        EQUAL(m.words[FAULT_VECTOR], 14);
        CHECK(m.words[FAULT_ADDRESS] - SHARED < pages * PAGE_SIZE);
        token[i] = m.token;
        saved[i] = message_page()->registers;
    }
}

static void resume_writers(void)
{
    for (unsigned i = 1; i < board->cpus; i++) {
        struct message m = {.token = token[i], .word_count = 1, .words = {FAULT_RESUME}};
        message_page()->registers = saved[i];
        EQUAL(ipc_reply(&m), OK);
    }
}

static uint64_t sum_of(uint64_t cpu)
{
    uint64_t sum = 0;
    for (uint64_t page = 0; page < pages; page++)
        sum += *word(window, page, cpu);
    return sum;
}

/* The writers are at work, all of them. */
static void wait_for_writers(void)
{
    for (unsigned cpu = 1; cpu < board->cpus; cpu++) {
        uint64_t before = sum_of(cpu), limit = sys_clock() + 5 * SECOND;
        while (sum_of(cpu) == before) {
            CHECK(sys_clock() < limit);
            pause();
        }
    }
}

static void nobody_writes(void)
{
    uint64_t sums[MAX_CPUS];
    for (unsigned cpu = 1; cpu < board->cpus; cpu++)
        sums[cpu] = sum_of(cpu);
    for (uint64_t i = 0; i < LOOKS; i += pages) {
        pause();
        for (unsigned cpu = 1; cpu < board->cpus; cpu++)
            EQUAL(sum_of(cpu), sums[cpu]);
    }
}

static void begin(uint64_t count_of_pages)
{
    pages = count_of_pages;
    endpoint = new_endpoint();
    memory = new_memory(pages);
    window = address_reserve(pages);
    EQUAL(sys_map(SELF, memory, (void *)window, 0, pages, READ_WRITE), OK);
    patient = clone(start_writers, 0, &(struct clone_options){.fault = endpoint, .affinity = 1});
    CHECK(patient != 0);
    theirs = give(memory, patient, RIGHTS_ALL);
    collect_faults(); /* nothing is mapped yet */
}

/* Again and again: the memory comes, the writers write, take() takes it away. */
static void give_and_take(void (*take)(void), void (*bring)(void))
{
    while (again(ROUNDS)) {
        bring();
        resume_writers();
        wait_for_writers();
        take();
        nobody_writes();
        collect_faults();
    }
}

static void map_it(void)
{
    EQUAL(sys_map(patient, theirs, (void *)SHARED, 0, pages, READ_WRITE), OK);
}

static void unmap_it(void)
{
    EQUAL(sys_unmap(patient, theirs), OK);
}

static void unmap_takes_effect_everywhere(void)
{
    begin(1);
    give_and_take(unmap_it, map_it);
}

/* 1,100 pages are more than one step of unmap, and the translations of more pages than most CPUs hold. */
static void so_does_unmapping_much(void)
{
    begin(1100);
    give_and_take(unmap_it, map_it);
}

static void allow_writing(void)
{
    EQUAL(sys_protect(patient, theirs, READ_WRITE), OK);
}

static void forbid_writing(void)
{
    EQUAL(sys_protect(patient, theirs, RIGHT_READ), OK);
}

static void protect_takes_effect_everywhere(void)
{
    begin(1);
    map_it();
    give_and_take(forbid_writing, allow_writing);
}

static void give_anew(void)
{
    theirs = give(memory, patient, RIGHTS_ALL);
    map_it();
}

static void delete_theirs(void)
{
    EQUAL(sys_cap_delete(patient, theirs), OK);
}

static void revoke_all(void)
{
    EQUAL(sys_cap_revoke(SELF, memory), OK);
}

static void delete_takes_effect_everywhere(void)
{
    begin(1);
    give_and_take(delete_theirs, give_anew);
}

static void revoke_takes_effect_everywhere(void)
{
    begin(1);
    give_and_take(revoke_all, give_anew);
}

/* ---- who is interrupted ---- */

static volatile unsigned spinning, stop_spinning;

static void spin(void *unused)
{
    (void)unused;
    __atomic_fetch_add(&spinning, 1, __ATOMIC_RELAXED);
    while (!stop_spinning)
        pause();
    __atomic_fetch_sub(&spinning, 1, __ATOMIC_RELAXED);
}

static void spin_elsewhere(void *unused)
{
    (void)unused;
    for (;;)
        pause();
}

/* How many interrupts it takes to unmap so many of our pages. */
static uint64_t interrupts_for(uint64_t count_of_pages)
{
    handle_t mine = new_memory(count_of_pages);
    char *place = address_reserve(count_of_pages);
    uint64_t before;
    EQUAL(sys_map(SELF, mine, place, 0, count_of_pages, READ_WRITE), OK);
    before = sys_system_info(SYSTEM_SHOOTDOWNS);
    EQUAL(sys_unmap(SELF, mine), OK);
    EQUAL(sys_cap_delete(SELF, mine), OK);
    address_release(place, count_of_pages);
    return sys_system_info(SYSTEM_SHOOTDOWNS) - before;
}

/* One for each CPU that runs the process, for as many pages as one step takes (512); none for those that idle or run
 * something else. */
static void only_who_may_have_a_translation_is_interrupted(void)
{
    CHECK(clone(spin_elsewhere, 0, &(struct clone_options){.affinity = 1ul << (board->cpus - 1), .priority = 5}) != 0);
    EQUAL(interrupts_for(1), 0);
    for (unsigned others = 1; others + 1 < board->cpus; others++) {
        worker_on(1ul << others, spin, 0, 5);
        EVENTUALLY(spinning == others);
        EQUAL(interrupts_for(1), others);
        EQUAL(interrupts_for(512), others);
        EQUAL(interrupts_for(513), 2 * others);
    }
    stop_spinning = 1;
    EVENTUALLY(spinning == 0);
    EVENTUALLY(interrupts_for(1) == 0); /* they have ended, and their CPUs idle */
}

int main(void)
{
    RUN_ON_MANY(unmap_takes_effect_everywhere);
    RUN_ON_MANY(so_does_unmapping_much);
    RUN_ON_MANY(protect_takes_effect_everywhere);
    RUN_ON_MANY(delete_takes_effect_everywhere);
    RUN_ON_MANY(revoke_takes_effect_everywhere);
    RUN_ON_MANY(only_who_may_have_a_translation_is_interrupted);
    finish();
}
