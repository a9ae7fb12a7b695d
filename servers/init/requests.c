#include "servers/init/requests.h"
#include "servers/init/machine.h"
#include "servers/init/resources.h"
#include "servers/init/service.h"
#include "servers/proto/error.h"
#include "user/lib/ipc.h"

static struct message failure(int error)
{
    return message((uint32_t)error);
}

/* Writes the records that fit into the client's buffer; answers how many. */
static struct message describe_services(const struct message *request)
{
    static struct service_record records[MANIFEST_SERVERS];
    uint64_t done, count = 0, room = request->words[0] / sizeof(records[0]);
    if (request->word_count < 1 || request->lease_count < 1)
        return failure(ERROR_MALFORMED);
    while (count < MANIFEST_SERVERS && count < room && service_describe((unsigned)count, &records[count]))
        count++;
    int status = sys_lease_write(request->token, 0, 0, records, count * sizeof(records[0]), &done);
    if (status != OK)
        return failure(status);
    struct message answer = message(OK);
    answer.word_count = 1;
    answer.words[0] = count;
    return answer;
}

/* An index is checked by whom it is for; a word that is none becomes one that no service has. */
static unsigned index_of(const struct message *request)
{
    return request->words[0] < MANIFEST_SERVERS ? (unsigned)request->words[0] : MANIFEST_SERVERS;
}

static struct message explain_end(const struct message *request)
{
    uint64_t done;
    if (request->word_count < 1 || request->lease_count < 1)
        return failure(ERROR_MALFORMED);
    const struct service_end *end = service_last_end(index_of(request));
    if (end == NULL)
        return failure(ERROR_NOT_FOUND);
    return failure(sys_lease_write(request->token, 0, 0, end, sizeof(*end), &done));
}

static struct message kill(const struct message *request)
{
    bool busy = false;
    if (request->word_count < 3)
        return failure(ERROR_MALFORMED);
    struct message answer = failure(service_kill(index_of(request), request->words[1], request->words[2], &busy));
    answer.word_count = 1;
    answer.words[0] = busy;
    return answer;
}

static struct message inject(const struct message *request)
{
    struct injection injection;
    uint64_t done;
    if (request->word_count < 1 || request->lease_count < 1)
        return failure(ERROR_MALFORMED);
    int status = sys_lease_read(request->token, 0, 0, &injection, sizeof(injection), &done);
    return failure(status == OK ? service_inject(index_of(request), &injection) : status);
}

static struct message give_debug_port(void)
{
    struct message answer = failure(resources_debug_port() != 0 ? OK : ERROR_NO_DEVICE);
    if (resources_debug_port() != 0)
        message_give(&answer, resources_debug_port(), 0);
    return answer;
}

/* The answer to a client's request. */
static struct message handle(const struct message *request)
{
    bool may_debug = request->badge == INIT_BADGE_DEBUG;
    switch (request->label) {
    case INIT_POWER_OFF:
        machine_power_off();
    case INIT_SERVICES:
        return describe_services(request);
    case INIT_WHY:
        return explain_end(request);
    case INIT_KILL:
        return may_debug ? kill(request) : failure(ERROR_PERMISSION);
    case INIT_INJECT:
        return may_debug ? inject(request) : failure(ERROR_PERMISSION);
    case INIT_DEBUG_PORT:
        return may_debug ? give_debug_port() : failure(ERROR_PERMISSION);
    default:
        return failure(ERROR_OPERATION);
    }
}

/* Acts on whatever arrived; returns what to send back, with token 0 if nobody waits for anything. */
static struct message dispatch(const struct message *arrived)
{
    if (arrived->arrival == ARRIVAL_EVENT && arrived->label == LABEL_EXIT) {
        service_exited(arrived->badge, arrived->words[0]);
        return failure(OK);
    }
    if (arrived->label == LABEL_FAULT) {
        service_faulted(arrived); /* its thread is gone: nobody to answer */
        return failure(OK);
    }
    struct message answer = handle(arrived);
    answer.token = arrived->token;
    return answer;
}

_Noreturn void requests_serve(void)
{
    struct message m = message(OK);
    for (;;) {
        int status = ipc_reply_recv(resources_endpoint(MANIFEST_INIT), &m, services_deadline());
        m = status == OK ? dispatch(&m) : message(OK); /* else something is due */
        services_attend();
    }
}
