/*
 * Services: the manifest's servers as they live, die and live again.
 *
 *                        faults, exits, hangs                its time comes
 *   WAITING --> RUNNING ----------------------> RESTARTING ------------------> RUNNING ...
 *   (for a server            |                     ^    |
 *    it depends on) <--------+---------------------+----+
 *                            | more than RESTARTS ends within RESTART_PERIOD
 *                            v
 *   ABSENT (no usable program)        GIVEN_UP     both: its endpoints are destroyed, clients get E_DEAD
 *
 * A server that ends repeatedly takes those that it depends on along, once each: perhaps one of them serves it badly.
 *
 * An incarnation is one process; its faults and its exit reach init's endpoint with a badge that names service and
 * generation, so that news of a former incarnation is recognised. Whether it still comes round to its main loop is
 * asked through its notification `signals`: init sets a bit that the server takes with whatever it receives next. init
 * never calls a server and never waits for one. Context: init's main thread only.
 */
#pragma once
#include "servers/init/manifest.h"
#include "servers/proto/init.h"
#include "user/lib/boot_archive.h"
#include "user/lib/ipc.h"

#define RESTARTS       10            /* in one period */
#define RESTART_PERIOD 10000000000ul /* nanoseconds */
#define RESTART_DELAY  50000000ul    /* nanoseconds, times the restarts in this period */

/* What all services have in common; stays in use. */
struct service_setup {
    const struct bootinfo *boot;
    const struct archive_header *archive; /* checked */
    const struct manifest *manifest;
    uint64_t boot_time; /* seconds since 1970 */
};

/* Starts every server of the manifest, in its order, and says how it went. resources_create() came before. */
void services_start(const struct service_setup *setup);

/* The earliest time, by the kernel's clock, when services_attend() has something to do; DEADLINE_FOREVER if none. */
uint64_t services_deadline(void);

/* Looks after the heartbeats, and starts those whose time has come. To be called after every event. */
void services_attend(void);

/* An incarnation faulted: a LABEL_FAULT message that was just received. */
void service_faulted(const struct message *fault);

/* An incarnation exited. */
void service_exited(uint64_t badge, uint64_t status);

/* On request of somebody with the debug capability: INIT_KILL and INIT_INJECT of servers/proto/init.h. */
int service_kill(unsigned index, uint64_t calls, uint64_t time, bool *busy);
int service_inject(unsigned index, const struct injection *injection);

/* Describes service `index`; false if there is none. */
bool service_describe(unsigned index, struct service_record *record);

/* The last end of service `index`, NULL if there is none. */
const struct service_end *service_last_end(unsigned index);
