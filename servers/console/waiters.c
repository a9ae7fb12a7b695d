#include "servers/console/waiters.h"
#include "user/lib/syscall.h"
#include <string.h>

/* A copy of no bytes does nothing but check the token. */
static bool is_stale(const struct waiter *waiter)
{
    uint64_t done;
    return sys_lease_read(waiter->token, 0, 0, 0, 0, &done) == E_STALE;
}

static void forget_stale(struct waiters *waiters)
{
    for (unsigned i = waiters->count; i-- > 0;) {
        if (is_stale(&waiters->list[i]))
            waiters_remove(waiters, i);
    }
}

bool waiters_add(struct waiters *waiters, struct waiter waiter)
{
    if (waiters->count == WAITERS)
        forget_stale(waiters);
    if (waiters->count == WAITERS)
        return false;
    waiters->list[waiters->count++] = waiter;
    return true;
}

bool waiters_add_first(struct waiters *waiters, struct waiter waiter)
{
    if (!waiters_add(waiters, waiter))
        return false;
    memmove(&waiters->list[1], &waiters->list[0], (waiters->count - 1) * sizeof(waiters->list[0]));
    waiters->list[0] = waiter;
    return true;
}

struct waiter *waiters_first(struct waiters *waiters)
{
    return waiters->count > 0 ? &waiters->list[0] : 0;
}

void waiters_remove(struct waiters *waiters, unsigned index)
{
    waiters->count--;
    memmove(&waiters->list[index], &waiters->list[index + 1], (waiters->count - index) * sizeof(waiters->list[0]));
}
