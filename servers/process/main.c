/*
 * The process server: starts programs, knows who started whom, and tells how they ended.
 *
 * One thread, one endpoint. The kernel sends it the faults and exits of its programs there, so that news and requests
 * arrive in one order and need no lock. It waits for others only with a deadline: for the file servers while it loads
 * a program, and for the console when it reports a fault. Programs outlive it: see children.h.
 */
#include "servers/process/badges.h"
#include "servers/process/children.h"
#include "servers/process/report.h"
#include "servers/process/spawn.h"
#include "servers/proto/error.h"
#include "user/lib/fail_stop.h"
#include "user/lib/heartbeat.h"
#include "user/lib/ipc.h"
#include "user/lib/startup.h"
#include <stdlib.h>

static struct message failure(int error)
{
    return message((uint32_t)error);
}

static struct message no_child(void)
{
    children_check();
    return failure(ERROR_NO_CHILD);
}

/* PROCESS_WAIT: the answer comes from child_wait() or child_end(); here only that there is none yet. */
static struct message wait(struct message *request)
{
    struct child *child = children_find(badge_number(request->badge));
    if (badge_kind(request->badge) != BADGE_CHILD)
        return failure(ERROR_PERMISSION);
    if (child == NULL)
        return no_child();
    child_wait(child, request->token);
    request->token = 0;
    return failure(OK);
}

static struct message end(const struct message *request)
{
    uint32_t number = badge_number(request->badge);
    if (badge_kind(request->badge) == BADGE_PARENT) {
        if (request->word_count < 1 || request->words[0] > UINT32_MAX)
            return failure(ERROR_MALFORMED);
        number = (uint32_t)request->words[0];
    }
    struct child *child = children_find(number);
    if (child == NULL)
        return no_child();
    if (child->is.state == STATE_RUNNING)
        child_end(child, END_KILLED, 0);
    return failure(OK);
}

static struct message list(const struct message *request)
{
    static struct process_record records[CHILDREN];
    uint64_t done, count = 0, room = request->words[0] / sizeof(records[0]);
    const struct child *child;
    if (request->word_count < 1 || request->lease_count < 1)
        return failure(ERROR_MALFORMED);
    for (unsigned i = 0; (child = children_at(i)) != NULL && count < room; i++) {
        if (child->is.number != 0)
            records[count++] = report_child(child);
    }
    int status = sys_lease_write(request->token, 0, 0, records, count * sizeof(records[0]), &done);
    if (status != OK)
        return failure(status);
    struct message answer = failure(OK);
    answer.word_count = 1;
    answer.words[0] = count;
    return answer;
}

/*
 * LABEL_FAULT and LABEL_EXIT. News of a program that was ended meanwhile finds nobody. Whose end it is, and which, is
 * made sure of by a copy and by the kernel: whoever is believed to have ended is destroyed.
 */
static void note_end(const struct message *news)
{
    const struct message copy = *news;
    struct child *child = children_find(badge_number(news->badge));
    if (child == NULL || child->is.state != STATE_RUNNING || badge_kind(news->badge) != BADGE_FAULT)
        return;
    if (child_has_exited(child))
        return child_exited(child);
    fail_stop_unless(copy.label == LABEL_FAULT && badge_number(copy.badge) == child->is.number);
    report_fault(child, news->words);
    child_end(child, END_FAULTED, (uint32_t)news->words[FAULT_VECTOR]);
}

/* A client's request, with what came with it. */
struct request {
    struct message message;
    uint64_t sender;
    handle_t taken[SPAWN_STREAMS];
};

static struct message dispatch(struct request *request)
{
    switch (request->message.label) {
    case PROCESS_SPAWN:
        return spawn(&request->message, request->sender, request->taken);
    case PROCESS_WAIT:
        return wait(&request->message);
    case PROCESS_KILL:
        return end(&request->message);
    case PROCESS_LIST:
        return list(&request->message);
    default:
        return failure(ERROR_OPERATION);
    }
}

/*
 * The answer to a client; its token is 0 if there is none to be given now. An error leaves nothing behind, so it is
 * tried again: perhaps the fault was ours.
 */
static struct message handle(const struct message *m)
{
    struct request request = {.message = *m, .sender = message_page()->sender};
    for (unsigned i = 0; i < SPAWN_STREAMS; i++)
        request.taken[i] = message_taken(m, i);
    const struct request copy = request; /* damage to one leaves the other */
    struct message answer = dispatch(&request);
    if (answer.label != OK) {
        request = copy;
        answer = dispatch(&request);
    }
    for (unsigned i = 0; i < SPAWN_STREAMS; i++) {
        if (request.taken[i] != 0)
            sys_cap_delete(SELF, request.taken[i]);
    }
    answer.token = request.message.token;
    return answer;
}

int main(void)
{
    handle_t endpoint = startup_capability("process");
    struct message m = message(OK);
    spawn_open(endpoint);
    if (!children_open())
        return EXIT_FAILURE;
    for (;;) {
        m.accept = SPAWN_STREAMS;
        if (ipc_reply_recv(endpoint, &m, DEADLINE_FOREVER) != OK)
            return EXIT_FAILURE;
        if (m.label == LABEL_FAULT || m.label == LABEL_EXIT) {
            note_end(&m);
            m = message(OK);
        } else if (m.arrival != ARRIVAL_MESSAGE) { /* the supervisor asks whether we still come by here */
            heartbeat_owing(children_waited_for());
            m = message(OK);
        } else {
            m = handle(&m);
        }
    }
}
