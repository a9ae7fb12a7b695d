/*
 * Clients whose calls are parked: their reply tokens, in the order they came.
 *
 * A client may end, or its deadline may pass, while it waits here: then its token is stale. That is noticed when it is
 * served, or when the queue is full; until then a stale entry only takes a place.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define WAITERS 128

struct waiter {
    uint64_t token, sender, sequence; /* who, and the number of the request */
    uint64_t length;                  /* bytes to read or write */
    uint64_t done;                    /* of them, so far */
    uint64_t goals[2];                /* of a drain: what must have been sent, terminal and job */
    uint8_t status;                   /* of a job's end */
};

struct waiters {
    struct waiter list[WAITERS]; /* oldest first */
    unsigned count;
};

/* Parks a call, forgetting stale ones if there is no place; false if there is none even then. */
bool waiters_add(struct waiters *waiters, struct waiter waiter);

/* The same, in front of all others. */
bool waiters_add_first(struct waiters *waiters, struct waiter waiter);

/* The oldest, 0 if there is none. */
struct waiter *waiters_first(struct waiters *waiters);

/* Removes the index-th oldest. */
void waiters_remove(struct waiters *waiters, unsigned index);
