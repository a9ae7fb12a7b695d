/*
 * Requests, repeated or numbered.
 */
#include "user/lib/request.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

/*
 * A repeated request waits in the endpoint's queue until the successor takes it, so there is nothing to wait for here.
 * But one that is itself what the server dies of must not bring the supervisor to give the server up (more than ten
 * ends within ten seconds): a request that a server dies over soon, several times in a row, is made so seldom that it
 * cannot, and in the end no more. One that was waiting for something when the server died is not to blame.
 */
#define SOON           (5 * MILLISECOND)
#define QUICK_ATTEMPTS 5
#define ATTEMPTS       20
#define PAUSE          (2 * SECOND)

bool request_again(struct attempts *attempts)
{
    uint64_t now = clock_nanoseconds();
    if (attempts->started != 0 && now - attempts->started >= SOON)
        attempts->count = 0;
    if (++attempts->count >= ATTEMPTS)
        return false;
    if (attempts->count >= QUICK_ATTEMPTS)
        sleep_nanoseconds(PAUSE);
    attempts->started = clock_nanoseconds();
    return true;
}

int request_once(handle_t server, struct message *m)
{
    m->words[7] = request_sequence();
    m->word_count = MESSAGE_REGISTER_WORDS;
    return ipc_request(server, m, DEADLINE_FOREVER);
}
