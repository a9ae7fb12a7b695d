/*
 * Software faults: in each round one of the host's plan is armed in the server, and the workload runs once.
 *
 * The fault happens when the server comes to its place (servers/init/inject.h); what was changed is executed or read at
 * once, and init tells the host (servers/init/host_log.h), as it does when that incarnation ends. A server that does
 * not answer is killed after LIMIT, so no round is without end, and one that still runs is ended after its round: a
 * fault cannot happen later. Then those who took over are looked at: the workload runs once more, undisturbed, as round
 * 0, or has a check of its own. If that is no good, this program ends, for a fresh machine.
 */
#include "servers/proto/error.h"
#include "tests/guest/killing/killing.h"
#include "user/lib/file.h"
#include "user/lib/supervisor.h"
#include "user/lib/time.h"

#define PLAN     "/system/plan"
#define MOST     400          /* faults of a plan */
#define LIMIT    (2 * SECOND) /* of a round: more than any heartbeat here */
#define PATIENCE 2000         /* milliseconds until a server runs again */

static struct injection plan[MOST];

static long read_plan(void)
{
    long done = 0, length = 1;
    int file = open(PLAN, FS_READ, 0);
    while (file >= 0 && length > 0 && done < (long)sizeof(plan)) {
        length = read(file, (char *)plan + done, sizeof(plan) - (unsigned long)done);
        done += length > 0 ? length : 0;
    }
    close(file);
    return done / (long)sizeof(plan[0]);
}

/* Ends the incarnation that runs; waits for one, but not for ever: it may have been given up. */
static void end_running(int index)
{
    for (unsigned i = 0; i < PATIENCE && service_kill(index, 0, 0) == -ERROR_NO_CHILD; i++)
        sleep_nanoseconds(MILLISECOND);
}

/* One round. What is told of it, besides what the workload tells: "round" ROUND; "fault" ROUND, and how it went. */
static bool run_round(const char *server, const struct workload *work, unsigned round, const struct injection *fault)
{
    struct service_record before, now;
    int index = service_find(server, &before);
    uint64_t limit = clock_nanoseconds() + LIMIT;
    tell("round %u\n", round);
    if (service_inject(index, fault) != OK || service_kill(index, 0, limit) < 0)
        return false;
    bool content = work->run(round);
    service_find(server, &now);
    if (now.generation == before.generation)
        end_running(index);
    tell("fault %u %s %s\n", round, content ? "content" : "discontent", clock_nanoseconds() < limit ? "soon" : "late");
    bool good = work->check ? (content || work->run(0)) && work->check(round) : work->run(0);
    if (good)
        tell_conserved(round);
    return good;
}

bool work_with_faults(const char *server, const struct workload *work)
{
    long count = read_plan();
    bool good = count > 0 && sync() == OK; /* so the file server, which takes longest, has started */
    for (long i = 0; i < count && good; i++)
        good = run_round(server, work, (unsigned)i + 1, &plan[i]);
    return good;
}
