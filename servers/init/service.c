#include "servers/init/service.h"
#include "kernel/abi/layout.h"
#include "servers/init/crash.h"
#include "servers/init/early.h"
#include "servers/init/host_log.h"
#include "servers/init/incarnation.h"
#include "servers/init/inject.h"
#include "servers/init/resources.h"
#include "servers/proto/error.h"
#include "user/lib/time.h"
#include <stdio.h>
#include <string.h>

#define SUSPICION 2 /* ends within a period, each time */
#define CHECKS    4 /* of a heartbeat within the time that the manifest gives */

struct service {
    enum service_state state;
    unsigned generation; /* of the incarnation that runs or ran last */
    handle_t process;    /* RUNNING: the incarnation; else 0 */
    struct injected injected;
    enum injection_state injection;
    uint64_t kill_at;  /* RUNNING: somebody wants it ended then; DEADLINE_FOREVER if nobody does */
    uint64_t quota;    /* frames; 0 until the first start */
    uint64_t check_at; /* RUNNING: when its heartbeat is looked at */
    unsigned silences; /* RUNNING: checks one after the other that found no answer */
    uint64_t start_at; /* RESTARTING: when */

    uint64_t period_start; /* of the current RESTART_PERIOD */
    unsigned ends;         /* in it */
    unsigned kills, busy_kills;
    struct service_end end;
};

static struct service_setup setup;
static struct service services[MANIFEST_SERVERS];

static const struct server *server_of(const struct service *service)
{
    return &setup.manifest->servers[service - services];
}

/* ---- ends ---- */

/* For good. */
static void give_up(struct service *service, enum service_state state)
{
    service->state = state;
    resources_abandon(server_of(service));
}

static void end(struct service *service, const struct service_end *how);

/* What ends again and again is perhaps served badly: what it depends on starts anew, too. */
static void suspect(const struct service *service)
{
    for (unsigned i = 0; i < setup.manifest->server_count; i++)
        if ((server_of(service)->after & 1u << i) != 0 && services[i].state == SERVICE_RUNNING)
            end(&services[i], &(struct service_end){.reason = REASON_SUSPECTED});
}

/* Plans the next start, later the more often it was needed lately, or gives up. An end that was made on purpose says
 * nothing against the server. */
static void plan_restart(struct service *service)
{
    uint64_t now = sys_clock();
    unsigned reason = service->end.reason;
    bool on_purpose = reason == REASON_KILLED || reason == REASON_SUSPECTED || service->injection == INJECTION_HAPPENED;
    service->start_at = now;
    service->state = SERVICE_RESTARTING;
    if (on_purpose)
        return;
    if (now - service->period_start > RESTART_PERIOD) {
        service->period_start = now;
        service->ends = 0;
    }
    if (service->ends == RESTARTS) {
        early_print("%s ended %u times within %lu s: given up", server_of(service)->name, RESTARTS + 1,
                    RESTART_PERIOD / SECOND);
        return give_up(service, SERVICE_GIVEN_UP);
    }
    service->start_at += service->ends++ * RESTART_DELAY;
    if (service->ends % SUSPICION == 0)
        suspect(service);
}

/* Retires an incarnation, if there is one: with its process everything that was charged to it is gone. */
static void end(struct service *service, const struct service_end *how)
{
    uint64_t serving = 0, time = sys_clock(), idle = sys_system_info(SYSTEM_IDLE_TIME);
    if (service->process != 0) {
        sys_process_info(service->process, PROCESS_SERVING, &serving);
        sys_cap_delete(SELF, service->process);
    }
    service->process = 0;
    service->end = *how;
    service->end.generation = service->generation;
    service->end.time = time;
    service->end.idle = idle;
    service->end.busy = serving > 0;
    service->end.injection = service->injection;
    service->kills += how->reason == REASON_KILLED;
    service->busy_kills += how->reason == REASON_KILLED && serving > 0;
    if (service->injection == INJECTION_HAPPENED)
        host_log_died(server_of(service)->name, how);
    crash_print(server_of(service)->name, &service->end);
    plan_restart(service);
}

/* The service that a fault badge names, if it is about the incarnation that runs now. */
static struct service *find_incarnation(uint64_t badge)
{
    uint64_t index = INCARNATION_INDEX(badge);
    if (index >= setup.manifest->server_count)
        return NULL;
    struct service *service = &services[index];
    bool current = service->state == SERVICE_RUNNING && service->generation == INCARNATION_GENERATION(badge);
    return current ? service : NULL;
}

/* The incarnation has come to where a fault was armed. The host knows before anything comes of it. */
static void make_fault(struct service *service, const struct message *fault)
{
    uint64_t serving = 0;
    sys_process_info(service->process, PROCESS_SERVING, &serving);
    service->injection = INJECTION_HAPPENED;
    host_log_injected(server_of(service)->name, serving > 0);
    inject_happen(&service->injected, fault);
}

void service_faulted(const struct message *fault)
{
    struct service *service = find_incarnation(fault->badge);
    struct service_end how = {0};
    if (service == NULL)
        return;
    if (service->injection == INJECTION_ARMED && inject_is_due(&service->injected, fault))
        return make_fault(service, fault);
    crash_examine(fault, &how);
    end(service, &how);
}

void service_exited(uint64_t badge, uint64_t status)
{
    struct service *service = find_incarnation(badge);
    enum service_reason reason = status == COUNTDOWN_STATUS ? REASON_KILLED : REASON_EXIT;
    if (service != NULL)
        end(service, &(struct service_end){.reason = reason, .detail = status});
}

/* ---- ends and faults on request ---- */

int service_kill(unsigned index, uint64_t calls, uint64_t time, bool *busy)
{
    if (index >= setup.manifest->server_count)
        return ERROR_NOT_FOUND;
    struct service *service = &services[index];
    if (service->state != SERVICE_RUNNING)
        return ERROR_NO_CHILD;
    *busy = false;
    if (calls > 0)
        return sys_process_countdown(service->process, calls);
    service->kill_at = time;
    if (time > 0)
        return OK;
    end(service, &(struct service_end){.reason = REASON_KILLED});
    *busy = service->end.busy;
    return OK;
}

int service_inject(unsigned index, const struct injection *injection)
{
    if (index >= setup.manifest->server_count)
        return ERROR_NOT_FOUND;
    struct service *service = &services[index];
    if (service->state != SERVICE_RUNNING)
        return ERROR_NO_CHILD;
    if (service->injection == INJECTION_ARMED)
        inject_disarm(&service->injected);
    service->injection = INJECTION_NONE;
    service->injected.process = service->process;
    service->injected.injection = *injection;
    int status = inject_arm(&service->injected);
    if (status == OK)
        service->injection = INJECTION_ARMED;
    return status;
}

/* ---- heartbeats ---- */

static handle_t signals_of(const struct service *service)
{
    return resources_signals((unsigned)(service - services));
}

static void ask(struct service *service, uint64_t now)
{
    sys_signal(signals_of(service), HEARTBEAT);
    service->check_at = now + server_of(service)->heartbeat * MILLISECOND / CHECKS;
}

/* Looks whether the bit is still there. What else was signalled meanwhile is put back. */
static bool has_answered(const struct service *service)
{
    uint64_t bits = 0;
    if (sys_wait(signals_of(service), DEADLINE_POLL, &bits) == OK && (bits & ~HEARTBEAT) != 0)
        sys_signal(signals_of(service), bits & ~HEARTBEAT);
    return (bits & HEARTBEAT) == 0;
}

/* Silences are counted, not timed: a machine that stood still as a whole makes nobody hung. */
static void check(struct service *service, uint64_t now)
{
    service->silences = has_answered(service) ? 0 : service->silences + 1;
    if (service->silences < CHECKS)
        ask(service, now);
    else
        end(service, &(struct service_end){.reason = REASON_HUNG, .detail = server_of(service)->heartbeat});
}

static bool has_heartbeat(const struct service *service)
{
    return service->state == SERVICE_RUNNING && server_of(service)->heartbeat != 0;
}

/* ---- starts ---- */

/* Frames for a service: what the manifest says; decided once, so that a successor gets what its predecessor had. */
static uint64_t quota_of(const struct service *service)
{
    if (service->quota != 0)
        return service->quota;
    const struct server *server = server_of(service);
    uint64_t all = 0, used = 0;
    if (server->quota != MANIFEST_REST)
        return (server->quota + PAGE_SIZE - 1) / PAGE_SIZE;
    sys_process_info(SELF, PROCESS_QUOTA, &all);
    sys_process_info(SELF, PROCESS_USED, &used);
    return all - used > INIT_RESERVE ? all - used - INIT_RESERVE : 0;
}

static void note_start(struct service *service)
{
    service->state = SERVICE_RUNNING;
    service->silences = 0;
    service->injection = INJECTION_NONE;
    service->kill_at = DEADLINE_FOREVER;
    if (has_heartbeat(service))
        ask(service, sys_clock());
    if (service->generation > 1 && service->end.reason != REASON_KILLED)
        early_print("%s started again, generation %u", server_of(service)->name, service->generation);
}

static void note_failure(struct service *service, int error)
{
    if (error == ERROR_NOT_FOUND) {
        early_print("the boot archive has no servers/%s: going on without it", server_of(service)->name);
        return give_up(service, SERVICE_ABSENT);
    }
    end(service, &(struct service_end){.reason = REASON_NOT_MADE, .detail = (unsigned)error});
    if (error == ERROR_NOT_PROGRAM || service->quota == 0)
        give_up(service, SERVICE_ABSENT);
}

static void start(struct service *service)
{
    struct incarnation incarnation = {
        .boot = setup.boot,
        .archive = setup.archive,
        .server = server_of(service),
        .index = (unsigned)(service - services),
        .generation = service->generation + 1,
        .quota = quota_of(service),
        .boot_time = setup.boot_time,
        .code = &service->injected.code,
    };
    int error = incarnation_start(&incarnation, &service->process);
    service->quota = incarnation.quota;
    service->generation++;
    if (error == OK)
        note_start(service);
    else
        note_failure(service, error);
}

/* Must it wait for a server that is on its way? Those it may wait for stand above it in the manifest. */
static bool must_wait(const struct service *service)
{
    for (unsigned i = 0; i < setup.manifest->server_count; i++) {
        bool on_its_way = services[i].state == SERVICE_RESTARTING || services[i].state == SERVICE_WAITING;
        if ((server_of(service)->after & 1u << i) != 0 && on_its_way)
            return true;
    }
    return false;
}

static void attend(struct service *service, uint64_t now)
{
    if (service->state == SERVICE_RUNNING && service->kill_at <= now)
        end(service, &(struct service_end){.reason = REASON_KILLED});
    if (has_heartbeat(service) && service->check_at <= now)
        check(service, now);
    bool is_due = service->state == SERVICE_RESTARTING && service->start_at <= now;
    if (!is_due && service->state != SERVICE_WAITING)
        return;
    if (must_wait(service))
        service->state = SERVICE_WAITING;
    else
        start(service);
}

void services_attend(void)
{
    uint64_t now = sys_clock();
    for (unsigned i = 0; i < setup.manifest->server_count; i++)
        attend(&services[i], now);
}

uint64_t services_deadline(void)
{
    uint64_t next = DEADLINE_FOREVER;
    for (unsigned i = 0; i < setup.manifest->server_count; i++) {
        const struct service *service = &services[i];
        if (service->state == SERVICE_RESTARTING && service->start_at < next)
            next = service->start_at;
        if (has_heartbeat(service) && service->check_at < next)
            next = service->check_at;
        if (service->state == SERVICE_RUNNING && service->kill_at < next)
            next = service->kill_at;
    }
    return next;
}

/* One line that names every server that runs. */
static void say_started(void)
{
    char line[180] = "";
    uint64_t length = 0;
    for (unsigned i = 0; i < setup.manifest->server_count && length < sizeof(line); i++) {
        if (services[i].state == SERVICE_RUNNING)
            length += (unsigned)snprintf(line + length, sizeof(line) - length, "%s%s", length > 0 ? ", " : "",
                                         setup.manifest->servers[i].name);
    }
    early_print("started %s", line[0] != '\0' ? line : "no server");
}

void services_start(const struct service_setup *from)
{
    setup = *from;
    inject_open();
    services_attend(); /* all are WAITING */
    say_started();
}

/* ---- telling ---- */

bool service_describe(unsigned index, struct service_record *record)
{
    if (index >= setup.manifest->server_count)
        return false;
    const struct service *service = &services[index];
    uint64_t frames = 0, time = 0;
    if (service->process != 0) {
        sys_process_info(service->process, PROCESS_USED, &frames);
        sys_process_info(service->process, PROCESS_CPU_TIME, &time);
    }
    *record = (struct service_record){
        .state = service->state,
        .generation = service->generation,
        .restarts = service->generation > 0 ? service->generation - 1 : 0,
        .reason = service->end.reason,
        .detail = service->end.detail,
        .memory = frames * PAGE_SIZE,
        .time = time,
        .kills = service->kills,
        .busy_kills = service->busy_kills,
        .injection = service->injection,
    };
    memcpy(record->name, server_of(service)->name, sizeof(record->name));
    return true;
}

const struct service_end *service_last_end(unsigned index)
{
    bool ended = index < setup.manifest->server_count && services[index].end.reason != REASON_NONE;
    return ended ? &services[index].end : NULL;
}
