/*
 * Calls to servers that may die and come back.
 */
#pragma once
#include "user/lib/ipc.h"

/*
 * As ipc_request without a deadline, but repeated (some times at once, then now and then) when the server died before
 * it answered: only for operations that their protocol calls idempotent. The message page must not have been touched
 * since `m` was built.
 */
int request_repeat(handle_t server, struct message *m);

/* As ipc_request without a deadline, never repeated: word 7 becomes this thread's next sequence number. */
int request_once(handle_t server, struct message *m);

/* The same, repeated as request_repeat() does: for operations that their server, by that number, does only once. */
int request_exactly_once(handle_t server, struct message *m);

/* The calling thread's next sequence number, from 1. */
uint64_t request_sequence(void);
