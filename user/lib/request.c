/*
 * Requests, repeated or numbered.
 */
#include "user/lib/request.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"

/*
 * A repeated request waits in the endpoint's queue until the successor takes it, so there is nothing to wait for here.
 * But one that is itself what the server dies of must not bring the supervisor to give the server up (more than ten
 * ends within ten seconds): after some quick attempts it is made so seldom that it cannot, and in the end no more.
 */
#define QUICK_ATTEMPTS 5
#define ATTEMPTS       20
#define PAUSE          (2 * SECOND)

bool request_again(unsigned attempt)
{
    if (attempt >= ATTEMPTS)
        return false;
    if (attempt >= QUICK_ATTEMPTS)
        sleep_nanoseconds(PAUSE);
    return true;
}

int request_once(handle_t server, struct message *m)
{
    m->words[7] = request_sequence();
    m->word_count = MESSAGE_REGISTER_WORDS;
    return ipc_request(server, m, DEADLINE_FOREVER);
}
