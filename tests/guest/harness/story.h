/*
 * The frame of the kernel's own tests.
 *
 * A program of tests/guest/kernel boots in place of init, alone with the kernel. Each of its stories runs in a process
 * of its own, which it may leave in any state: the frame destroys it and then demands that frames, objects,
 * capabilities, threads and processes are what they were before, and that the kernel's audit agrees.
 *
 *   static void a_stale_handle_names_nothing(void)
 *   {
 *       handle_t memory;
 *       EQUAL(sys_memory_create(SELF, 1, 0, &memory), OK);
 *       EQUAL(sys_cap_delete(SELF, memory), OK);
 *       EQUAL(sys_unmap(SELF, memory), E_HANDLE);
 *   }
 *   int main(void)
 *   {
 *       RUN(a_stale_handle_names_nothing);
 *       finish();
 *   }
 *
 * Prints "ok NAME" or "FAIL NAME: file:line: what did not hold" and what the kernel did lately; last "N passed, N
 * failed"; then the machine goes off. A check that does not hold ends the process it is made in, and the story. At
 * several CPUs RUN() tells each story twice: once with its threads beside the main thread on CPU 0, once with them on
 * CPU 1 ("NAME, far").
 */
#pragma once
#include "tests/guest/harness/clone.h"
#include "tests/guest/harness/threads.h"
#include "user/lib/ipc.h"
#include "user/lib/time.h"

#define CHECK(condition) ((condition) ? (void)0 : story_fail(__FILE__, __LINE__, #condition))
/* On failure tells both values. */
#define EQUAL(actual, expected)                                                                                        \
    story_compare((struct place){__FILE__, __LINE__, #actual}, (uint64_t)(actual), (uint64_t)(expected))
/* Waits at most ten seconds. */
#define EVENTUALLY(condition)                                                                                          \
    do {                                                                                                               \
        uint64_t give_up = sys_clock() + 10 * SECOND;                                                                  \
        while (!(condition)) {                                                                                         \
            if (sys_clock() > give_up)                                                                                 \
                story_fail(__FILE__, __LINE__, "never: " #condition);                                                  \
            rest(100 * MICROSECOND);                                                                                   \
        }                                                                                                              \
    } while (0)

#define RUN(story) story_run(#story, story, STORY_NEAR_AND_FAR)
/* For stories that place their threads themselves. */
#define RUN_ONCE(story) story_run(#story, story, STORY_ONCE)
/* For stories that need several CPUs. */
#define RUN_ON_MANY(story) story_run(#story, story, STORY_ON_MANY)

enum story_kind { STORY_NEAR_AND_FAR, STORY_ONCE, STORY_ON_MANY };

/* One page that the first process, all its clones and theirs share. */
#define BOARD_ADDRESS 0x0f0000000000ul
struct board {
    unsigned failed; /* 1 after the first failure; then the text is there */
    char failure[300];
    char remark[240];     /* what a story has measured, for its line; empty: nothing */
    uint64_t rounds;      /* how often a story did what it does, for its line; 0: not told */
    uint64_t first_round; /* when */
    unsigned cpus;
    unsigned thread_cpu;          /* where the story's threads run */
    bool exact;                   /* time goes by instructions (boot option exact): how long things take is certain */
    bool shaken;                  /* the scheduler is (boot option shake=): equals do not run in turn */
    bool traced;                  /* the kernel records frequent kinds too (boot option trace=on) */
    bool inherits;                /* servers inherit priorities: not after boot option inherit=off */
    uint64_t seed;                /* of what is random (boot option seed=N); 1 by default */
    volatile uint64_t cells[256]; /* the stories' own; zero at the start of each */
};
static struct board *const board = (struct board *)BOARD_ADDRESS;

struct place {
    const char *file;
    int line;
    const char *what;
};

/* Heads the loop of a story that does its thing again and again: counts, and is false when it was done `most` times or
 * a second has passed since the first time; on a slow host a story is told with fewer rounds, not later. */
bool again(uint64_t most);
bool again_within(uint64_t most, uint64_t nanoseconds); /* the same, with another time than a second */

/* Puts what a story has measured into its line. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The number behind `word` on the kernel's command line, else `otherwise`. Context: the first process. */
uint64_t boot_number(const char *word, uint64_t otherwise);

_Noreturn void story_fail(const char *file, int line, const char *what);
void story_compare(struct place place, uint64_t actual, uint64_t expected);
void story_run(const char *name, void (*story)(void), enum story_kind kind);
_Noreturn void finish(void);

#define STORY_QUOTA    20000 /* frames */
#define STORY_PRIORITY 16    /* of its main thread, which stays on CPU 0; the process may go up to 30 */
#define STORY_HIGHEST  30
#define STORY_SECONDS  60

/* When a deadline may pass that first shall be waited for: a slow host needs time. */
uint64_t soon(void);

/* An endpoint, a notification, one page of memory: created or the story fails. */
handle_t new_endpoint(void);
handle_t new_notification(void);
handle_t new_memory(uint64_t pages);
/* An endpoint capability with a badge, derived from `endpoint`. */
handle_t minted(handle_t endpoint, unsigned rights, uint64_t badge);
/* One figure about a process. */
uint64_t figure(handle_t process, enum process_info what);
/* The next message at an endpoint within five seconds; fails the story if there is none. */
struct message received(handle_t endpoint);
