/*
 * Inhabitants of the stress test (tests/guest/kernel/stress.c): processes of a few threads that do everything there is
 * to do, at random, with what the supervisor gave them, with what they made themselves, and with what they guess.
 *
 * What they tell each other can be checked. Each request carries a word, and its answer that word in disguise; what is
 * lent is filled with the word; pages that move begin with it. A peaceful inhabitant is one whose memory and table
 * nobody else can touch, and that guesses nothing: it must never fault but where it means to. The others are wild.
 */
#pragma once
#include "tests/guest/harness/story.h"

enum { INHABITANTS = 6, ENDPOINTS = 4, NOTIFICATIONS = 3, MEMORIES = 2 };
enum { THREADS = 3, MOST_IMPORTANT = 14 }; /* threads of each; their highest priority */

/* What inhabitant i was given: handles in its table. The supervisor changes them while it lives. */
#define GIVEN(i, n)        board->cells[(i)*13 + (n)]
#define ENDPOINT_OF(i, n)  GIVEN(i, n)
#define NOTICE_OF(i, n)    GIVEN(i, 4 + (n))
#define MEMORY_OF(i, n)    GIVEN(i, 7 + (n))
#define NEIGHBOUR(i)       GIVEN(i, 9) /* a wild inhabitant's Process, with RIGHT_CONTROL */
#define INHABITANT_SEED(i) GIVEN(i, 10)
#define INHABITANT_GO(i)   GIVEN(i, 11) /* everything is there: begin */
#define HAS_BEGUN(i)       GIVEN(i, 12) /* it has its threads, and may be interfered with */

static inline bool is_peaceful(uint64_t inhabitant)
{
    return inhabitant % 2 == 0;
}

/* What was done, all together. */
enum tally {
    OPERATIONS,
    CALLS,
    ANSWERS,
    NOT_DELIVERED, /* E_TIMEOUT, E_DEAD, E_REVOKED */
    UNKNOWN,       /* E_NO_ANSWER, E_SERVER_DIED */
    RECEIVED,
    LEASES,
    MOVED_PAGES,
    FAULTS,
    PROCESSES,
    KILLS,
    REVOKES,
    TALLIES,
};
#define TALLY(what) board->cells[100 + (what)]
static inline void tally(enum tally what, uint64_t count)
{
    __atomic_fetch_add(&TALLY(what), count, __ATOMIC_RELAXED);
}

/* Writes and reads the word at `address`, which may fault: then the supervisor resumes it at touch_failed, and the
 * answer is ~0. */
uint64_t touch(uint64_t address, uint64_t value);
extern const char touch_begin[], touch_failed[];
/* An invalid instruction of two bytes, behind which the supervisor resumes it. */
void stumble(void);

extern bool inhabitants_audit; /* they use the audit, too */

/* The life of an inhabitant's first thread. Ends only by being killed, or by its own hand. */
void inhabit(void *number);

/* ---- between the files of an inhabitant ---- */

enum { PROMISES = 8, MADE = 16, LENT = 64 };
#define ANSWER_DISGUISE 0xa115e700000001ul

/* One of its threads. */
struct life {
    uint64_t inhabitant, thread;
    uint64_t dice;
    struct promise {
        uint64_t token, word;
    } promises[PROMISES];  /* calls received and not answered */
    handle_t made[MADE];   /* capabilities made or received */
    uint64_t lent[LENT];   /* what it lends */
    uint64_t copied[LENT]; /* what it copied of somebody else's */
};

uint64_t roll(struct life *life, uint64_t below);
/* A capability: given, made, or (by a wild one) guessed. */
handle_t any_handle(struct life *life);
handle_t any_endpoint(struct life *life);
/* Keeps a capability, in the place of another one, which is deleted. */
void keep(struct life *life, handle_t handle);
/* Where it maps memory: PLACE_PAGES for this and that, then MOVABLE_PAGES of movable Memory. */
#define PLACE_PAGES   64
#define MOVABLE_PAGES 8
uint64_t place(const struct life *life);

/* One operation with messages. */
void talk(struct life *life);
