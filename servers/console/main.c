/*
 * The console server: the terminal and the job channel (servers/proto/console.h, io.h).
 *
 * One thread, one loop: it waits at its endpoint for a request or, through the notification bound there, an interrupt.
 * After each it moves bytes along in both streams. It never waits for a client or a device anywhere else: a request
 * that cannot be answered yet is parked. Which stream a request means is the badge of the capability it came through.
 *
 * All that its successor needs lies in memory that outlives it (kept.h): a restarted console goes on, in the middle of
 * a line, and nothing that was typed or is to be printed is lost. It prints nothing of its own.
 */
#include "servers/console/job.h"
#include "servers/console/kept.h"
#include "servers/console/requests.h"
#include "servers/console/terminal.h"
#include "servers/proto/init.h"
#include "user/lib/answer.h"
#include "user/lib/heartbeat.h"
#include "user/lib/startup.h"
#include "user/lib/time.h"

#define DRAIN_EVERY (2 * MILLISECOND) /* how often to ask a line whether it is idle: no interrupt tells */

/* Bits of `signals`, besides the supervisor's HEARTBEAT. */
enum { SIGNAL_SERIAL = 1, SIGNAL_JOB = 2, SIGNAL_KEYBOARD = 4 };

static handle_t serial_irq, job_irq, keyboard_irq;

static uint64_t next_deadline(void)
{
    uint64_t deadline = terminal_deadline();
    uint64_t drain = requests_are_draining() ? clock_nanoseconds() + DRAIN_EVERY : DEADLINE_FOREVER;
    if (job_deadline() < deadline)
        deadline = job_deadline();
    return drain < deadline ? drain : deadline;
}

/* The pins are edge-triggered, so they may be acknowledged before the devices are looked at: no edge is lost. */
static void acknowledge(uint64_t signals)
{
    if (signals & SIGNAL_SERIAL)
        sys_irq_acknowledge(serial_irq);
    if (signals & SIGNAL_JOB)
        sys_irq_acknowledge(job_irq);
    if (signals & SIGNAL_KEYBOARD)
        sys_irq_acknowledge(keyboard_irq);
}

static handle_t open_irq(const char *name, uint64_t signal)
{
    handle_t irq = startup_capability(name);
    if (irq && sys_irq_bind(irq, startup_capability("signals"), signal) == OK)
        sys_irq_acknowledge(irq);
    return irq;
}

static void open_devices(int argument_count, char **arguments, bool inherited)
{
    serial_irq = open_irq("serial_irq", SIGNAL_SERIAL);
    job_irq = open_irq("job_irq", SIGNAL_JOB);
    keyboard_irq = open_irq("keyboard_irq", SIGNAL_KEYBOARD);
    terminal_open(argument_count, arguments, inherited);
    job_open();
}

int main(int argument_count, char **arguments)
{
    handle_t endpoint = startup_capability("console");
    int status = OK;
    bool inherited;
    if (!kept_open(&inherited))
        return E_QUOTA;
    open_devices(argument_count, arguments, inherited);
    /* the first round is for what came in before the interrupts were on */
    uint64_t signals = SIGNAL_SERIAL | SIGNAL_JOB | SIGNAL_KEYBOARD;
    while (status == OK || status == E_TIMEOUT) {
        acknowledge(signals);
        terminal_serve(signals & SIGNAL_SERIAL, signals & SIGNAL_KEYBOARD);
        job_serve(signals & SIGNAL_JOB);
        requests_answer_drains();
        struct message m = {.accept = 1};
        status = answer_and_receive(endpoint, &m, next_deadline());
        signals = status == OK && m.arrival == ARRIVAL_SIGNAL ? m.words[0] : 0;
        if (signals & HEARTBEAT)
            heartbeat_owing(requests_waiting());
        if (status == OK && m.arrival == ARRIVAL_MESSAGE)
            requests_serve(&m);
    }
    return status;
}
