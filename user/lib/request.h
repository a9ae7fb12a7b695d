/*
 * Calls to servers that may die and come back.
 */
#pragma once
#include "user/lib/ipc.h"
#include <stdbool.h>

/* Expanded wherever it is called, for the reason that exchange() in ipc.h gives. */
#define IN_PLACE static inline __attribute__((always_inline))

/* The calling thread's next sequence number, from 1. */
static inline uint64_t request_sequence(void)
{
    return ++thread_block()->sequence;
}

/* How often a server died over a request; all zeros at first. */
struct attempts {
    unsigned count;   /* one soon after the other */
    uint64_t started; /* when the last repetition was sent; 0: none was */
};

/* A server died over a request: returns when it is to be sent again; false: no more. */
bool request_again(struct attempts *attempts);

/*
 * As ipc_request without a deadline, but repeated (some times at once, then now and then) when the server died before
 * it answered: only for operations that their protocol calls idempotent. The message page must not have been touched
 * since `m` was built.
 */
IN_PLACE int request_repeat(handle_t server, struct message *m)
{
    struct attempts attempts = {0};
    int status = ipc_request(server, m, DEADLINE_FOREVER);
    while (status == E_SERVER_DIED && request_again(&attempts))
        status = ipc_request(server, m, DEADLINE_FOREVER);
    return status;
}

/* As ipc_request without a deadline, never repeated: word 7 becomes this thread's next sequence number. */
int request_once(handle_t server, struct message *m);

/* The same, repeated as request_repeat() does: for operations that their server, by that number, does only once. */
IN_PLACE int request_exactly_once(handle_t server, struct message *m)
{
    m->words[7] = request_sequence();
    m->word_count = MESSAGE_REGISTER_WORDS;
    return request_repeat(server, m);
}
