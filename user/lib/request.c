/*
 * Requests, repeated or numbered.
 */
#include "user/lib/request.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

/* A server that dies ten times on one request is better reported than asked again. */
#define ATTEMPTS 10

uint64_t request_sequence(void)
{
    return ++thread_block()->sequence;
}

int request_repeat(handle_t server, struct message *m)
{
    int status = ipc_request(server, m, DEADLINE_FOREVER);
    for (unsigned i = 1; status == E_SERVER_DIED && i < ATTEMPTS; i++) {
        sleep_nanoseconds(10 * MILLISECOND);
        status = ipc_request(server, m, DEADLINE_FOREVER);
    }
    return status;
}

int request_once(handle_t server, struct message *m)
{
    m->words[7] = request_sequence();
    m->word_count = MESSAGE_REGISTER_WORDS;
    return ipc_request(server, m, DEADLINE_FOREVER);
}
