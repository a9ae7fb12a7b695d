/*
 * Actors: threads of several processes, all on CPU 0, that make the system calls a director (the story's main thread)
 * puts before them, register by register, and keep what came back: for stories that compare every detail of it.
 *
 * An actor runs when the director settles. What it made of everything that lies in memory (words past the eighth,
 * capabilities that came, leases, the sender) is in one number, its DIGEST.
 */
#pragma once
#include "tests/guest/harness/raw.h"
#include "tests/guest/harness/story.h"

enum { ACTORS = 8, COMPANIES = 3 }; /* a company is a process; company 0 is the story's own */
#define COMPANY_OF(a) ((a) < 3 ? 0u : (a) < 6 ? 1u : 2u)

enum kind {
    KIND_CALL,    /* a system call */
    KIND_MESSAGE, /* one with a message; if it answers a fault by FAULT_RESUME, its thread goes on behind the fault */
    KIND_STUMBLE, /* no call: an invalid instruction, and a fault */
};

/* Each actor's row. */
#define ROW(a, n)   board->cells[(a)*22 + (n)]
#define REGISTER(a) (&ROW(a, 0)) /* rax rdi rsi rdx, words 0 to 7: as in struct raw_call; before and after */
#define SEED_OF(a)  ROW(a, 12)   /* of what its message page holds before the call */
#define GIFT(a, i)  ROW(a, 13 + (i))
#define MOVES(a)    ROW(a, 17) /* move mask */
#define DIGEST(a)   ROW(a, 18)
#define ACTED(a)    ROW(a, 19) /* calls done */
#define CUE(a)      ROW(a, 20) /* notification in its own table */
#define KIND(a)     ROW(a, 21)

/* What an actor may lend, and where it copies to: at this address in its company. */
#define LENT 64
extern uint64_t actor_memory[ACTORS][LENT];

/* In the first thread of a company: starts its actors, which wait for their cues, and stays. For company 0 it returns.
 */
void actors_begin(void *company);
/* The Thread handle of an actor in its company's table. */
#define ACTOR_THREAD(a) board->cells[190 + (a)]
/* The company is there. */
#define COMPANY_READY(c) board->cells[200 + (c)]

static inline uint64_t stir(uint64_t digest, uint64_t value)
{
    digest = (digest ^ value) * 0x9e3779b97f4a7c15ul;
    return digest ^ digest >> 29;
}

/* The next of a sequence of random numbers. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}
