#include "servers/init/service.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/message.h"
#include "servers/init/early.h"
#include "servers/init/incarnation.h"
#include "servers/init/resources.h"
#include "user/lib/status.h"
#include "user/lib/syscall.h"
#include <stdio.h>
#include <string.h>

#define VECTOR_PAGE_FAULT 14

struct service {
    enum service_state state;
    unsigned generation; /* of the incarnation that runs or ran last */
    unsigned restarts;
    unsigned reason;       /* as in struct service_record */
    handle_t process;      /* RUNNING: the incarnation; else 0 */
    uint64_t quota;        /* frames; 0 until the first start */
    uint64_t start_at;     /* RESTARTING: when */
    uint64_t period_start; /* of the current RESTART_PERIOD */
    unsigned ends;         /* in it */
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

/* Plans the next start, later the more often it was needed lately, or gives up. */
static void plan_restart(struct service *service)
{
    uint64_t now = sys_clock();
    if (now - service->period_start > RESTART_PERIOD) {
        service->period_start = now;
        service->ends = 0;
    }
    if (service->ends == RESTARTS) {
        early_print("%s ended %u times in a row: given up", server_of(service)->name, RESTARTS + 1);
        return give_up(service, SERVICE_GIVEN_UP);
    }
    service->start_at = now + service->ends++ * RESTART_DELAY;
    service->state = SERVICE_RESTARTING;
}

/* Retires an incarnation: with its process everything that was charged to it is gone. */
static void end(struct service *service, unsigned reason)
{
    sys_cap_delete(SELF, service->process);
    service->process = 0;
    service->reason = reason;
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

void service_faulted(uint64_t badge, const uint64_t *words)
{
    struct service *service = find_incarnation(badge);
    if (service == NULL)
        return;
    unsigned vector = (unsigned)words[FAULT_VECTOR];
    char place[32] = ""; /* only a page fault is about an address */
    if (vector == VECTOR_PAGE_FAULT)
        snprintf(place, sizeof(place), " at 0x%lx", words[FAULT_ADDRESS]);
    early_print("%s, generation %u: %s%s, rip 0x%lx, error code 0x%lx", server_of(service)->name, service->generation,
                fault_text(vector), place, words[FAULT_RIP], words[FAULT_ERROR]);
    end(service, vector);
}

void service_exited(uint64_t badge, uint64_t status)
{
    struct service *service = find_incarnation(badge);
    if (service == NULL)
        return;
    early_print("%s, generation %u: exited with status %lu", server_of(service)->name, service->generation, status);
    end(service, 0x100 + (unsigned)(status & 0xff));
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
    };
    int error = incarnation_start(&incarnation, &service->process);
    service->quota = incarnation.quota;
    service->generation++;
    if (error == OK) {
        service->state = SERVICE_RUNNING;
        return;
    }
    if (error == ERROR_NOT_FOUND)
        early_print("the boot archive has no servers/%s: going on without it", incarnation.server->name);
    else
        early_print("cannot start %s: %s", incarnation.server->name, status_text(error));
    if (error == ERROR_NOT_FOUND || error == ERROR_NOT_PROGRAM || incarnation.quota == 0)
        give_up(service, SERVICE_ABSENT);
    else
        plan_restart(service);
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
    for (unsigned i = 0; i < setup.manifest->server_count; i++)
        start(&services[i]);
    say_started();
}

uint64_t services_next_start(void)
{
    uint64_t next = DEADLINE_FOREVER;
    for (unsigned i = 0; i < setup.manifest->server_count; i++) {
        if (services[i].state == SERVICE_RESTARTING && services[i].start_at < next)
            next = services[i].start_at;
    }
    return next;
}

void services_start_due(void)
{
    uint64_t now = sys_clock();
    for (unsigned i = 0; i < setup.manifest->server_count; i++) {
        struct service *service = &services[i];
        if (service->state != SERVICE_RESTARTING || service->start_at > now)
            continue;
        service->restarts++;
        start(service);
        if (service->state == SERVICE_RUNNING)
            early_print("%s started again, generation %u", server_of(service)->name, service->generation);
    }
}

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
        .restarts = service->restarts,
        .reason = service->reason,
        .memory = frames * PAGE_SIZE,
        .time = time,
    };
    memcpy(record->name, server_of(service)->name, sizeof(record->name));
    return true;
}
