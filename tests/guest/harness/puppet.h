/*
 * Puppets: threads on one CPU (where the story's threads run) that do what the main thread tells them, one thing at a
 * time; and how to find out what a puppet's priority is, with what it inherits: it is let spin against the ruler, a
 * thread of known priority on the same CPU.
 *
 *   puppets_begin();
 *   puppet_receive(0, endpoint);                          puppet 0 waits there
 *   puppet_call(1, endpoint, DEADLINE_FOREVER);           puppet 0 has its call now
 *   has_priority(0, PUPPET_BASE(1));
 *   puppet_tell(0, ORDER_REPLY);
 *   EQUAL(STATUS(1), OK);
 */
#pragma once
#include "tests/guest/harness/story.h"

enum { PUPPETS = 5, RULER = 10 }; /* up to row 9 a story may have spinners of its own */
enum order { ORDER_SPIN, ORDER_RECEIVE, ORDER_POLL, ORDER_CALL, ORDER_REPLY, ORDER_ADOPT, ORDER_LEAVE };

#define PUPPET_BASE(i) (3 + (i)) /* priority of puppet i */
#define PENDING        999ul     /* no status */

/* A row of cells for each puppet and the ruler. */
#define PUPPET_CELL(i, n) board->cells[(i)*10 + 10 + (n)]
#define ORDER(i)          PUPPET_CELL(i, 0)
#define WAKE(i)           PUPPET_CELL(i, 1) /* notification */
#define COUNT(i)          PUPPET_CELL(i, 2) /* turns of its spinning */
#define SPINS(i)          PUPPET_CELL(i, 3) /* 0: it shall stop */
#define ENDPOINT(i)       PUPPET_CELL(i, 4) /* for its next order */
#define TOKEN(i)          PUPPET_CELL(i, 5) /* of the call it received last, for its next order */
#define UNTIL(i)          PUPPET_CELL(i, 6) /* deadline of its next call */
#define STATUS(i)         PUPPET_CELL(i, 7) /* of its last order; PENDING while it is at it */
#define THREAD(i)         PUPPET_CELL(i, 8)

/* The puppets and the ruler; only the ruler. */
void puppets_begin(void);
void ruler_begin(void);
/* What spinner i does for as long as it is told to, after its WAKE was signalled with ORDER_SPIN. */
void puppet_spin(uint64_t i);
/* Puppet i carries out an order, as far as it can without waiting. */
void puppet_tell(uint64_t i, enum order order);
void puppet_receive(uint64_t i, handle_t endpoint);
void puppet_poll(uint64_t i, handle_t endpoint);
void puppet_call(uint64_t i, handle_t endpoint, uint64_t until);

/* Fails the story unless this puppet or spinner, which waits for orders, has this priority. */
#define has_priority(puppet, priority)                                                                                 \
    do {                                                                                                               \
        const char *complaint = puppet_misfit(puppet, priority);                                                       \
        if (complaint)                                                                                                 \
            story_fail(__FILE__, __LINE__, complaint);                                                                 \
    } while (0)
/* What is wrong with it having this priority: nothing (0) if it runs although the ruler wants the CPU with one less,
 * and does not when the ruler has one more. */
const char *puppet_misfit(uint64_t i, unsigned priority);
