/*
 * Software faults: in each round one of the host's plan is armed in the server, and the workload runs once.
 *
 * The fault happens when the server comes to its place (servers/init/inject.h); what was changed is executed or read at
 * once. A server that does not answer is killed after LIMIT, so no round is without end. The round's incarnation is
 * always ended before the next, and only then it is told whether its fault happened: it cannot happen afterwards.
 * After a round in which the workload was not content it runs once more, undisturbed, as round 0: if that is no
 * better, this program ends, for a fresh machine.
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

/*
 * How the incarnation `before` describes ended: by itself, or now. False if it cannot be told any more: one after it
 * has ended, too.
 */
static bool find_end(const struct service_record *before, struct service_end *how)
{
    struct service_record now;
    int index = service_find(before->name, &now);
    if (now.generation == before->generation)
        end_running(index);
    return service_last_end(index, how) == OK && how->generation == before->generation;
}

/* One round. What is told of it: "fault" ROUND, content or not, happened or not, how the incarnation ended. */
static bool run_round(const char *server, workload *work, unsigned round, const struct injection *fault)
{
    struct service_record before;
    struct service_end how;
    int index = service_find(server, &before);
    tell("round %u\n", round);
    if (service_inject(index, fault) != OK || service_kill(index, 0, clock_nanoseconds() + LIMIT) < 0)
        return false;
    bool content = work(round);
    if (find_end(&before, &how))
        tell("fault %u %s %u %u %lu\n", round, content ? "content" : "discontent", how.injection, how.reason,
             how.detail);
    else
        tell("fault %u %s again\n", round, content ? "content" : "discontent");
    return content || work(0);
}

bool work_with_faults(const char *server, workload *work)
{
    long count = read_plan();
    bool good = count > 0;
    for (long i = 0; i < count && good; i++)
        good = run_round(server, work, (unsigned)i + 1, &plan[i]);
    return good;
}
