/*
 * The console server: the terminal and the job channel (servers/proto/console.h, io.h).
 *
 * One thread, one loop: it waits at its endpoint for a request or, through the notification bound there, an interrupt.
 * After each it moves bytes along in both streams. It never waits for a client or a device anywhere else: a request
 * that cannot be answered yet is parked. Which stream a request means is the badge of the capability it came through.
 *
 * The server remembers nothing that its successor would need but the bytes in its rings: a restarted one sets the
 * devices up again and goes on, in cooked mode. It prints nothing of its own.
 */
#include "servers/console/job.h"
#include "servers/console/terminal.h"
#include "servers/proto/console.h"
#include "servers/proto/error.h"
#include "servers/proto/io.h"
#include "user/lib/startup.h"
#include "user/lib/time.h"

#define PARKED      (-1)              /* instead of a status: the answer comes later */
#define DRAIN_EVERY (2 * MILLISECOND) /* how often to ask a line whether it is idle: no interrupt tells */

/* Bits of the notification. */
enum { SIGNAL_SERIAL = 1, SIGNAL_JOB = 2, SIGNAL_KEYBOARD = 4 };

static handle_t serial_irq, job_irq, keyboard_irq;
static struct waiters drains;

/* Is lease 0 there, at least `length` bytes long, for this access? */
static bool lease_covers(const struct message *m, uint64_t length, unsigned access)
{
    const struct lease *lease = &message_page()->leases[0];
    return m->lease_count > 0 && lease->length >= length && (lease->access & access);
}

static int parked(bool kept)
{
    return kept ? PARKED : ERROR_NO_MEMORY;
}

static int operation_read(struct message *m)
{
    uint64_t length = m->words[1];
    if (m->word_count < 2 || !lease_covers(m, length, LEASE_WRITE))
        return ERROR_MALFORMED;
    if (m->badge == CONSOLE_TERMINAL && length > 0)
        return parked(terminal_read(m->token, length));
    m->words[0] = 0;
    m->word_count = 1;
    return OK;
}

static int operation_write(struct message *m)
{
    uint64_t length = m->words[1];
    if (m->word_count < 2 || !lease_covers(m, length, LEASE_READ))
        return ERROR_MALFORMED;
    return parked(m->badge == CONSOLE_TERMINAL ? terminal_write(m->token, length) : job_write(m->token, length));
}

static int operation_status(struct message *m)
{
    for (unsigned i = 0; i < IO_STATUS_WORDS; i++)
        m->words[i] = 0;
    m->words[IO_STATUS_MODE] = KIND_CHARACTER << 12 | 0620;
    m->words[IO_STATUS_LINKS] = 1;
    m->word_count = IO_STATUS_WORDS;
    return OK;
}

static bool add_drain(uint64_t token)
{
    struct waiter waiter = {.token = token, .goals = {terminal_serial()->output.put, job_serial()->output.put}};
    return waiters_add(&drains, waiter);
}

static int operation_drain(struct message *m)
{
    return parked(add_drain(m->token));
}

static int operation_mode(struct message *m)
{
    if (m->word_count < 1 || m->words[0] > CONSOLE_RAW)
        return ERROR_MALFORMED;
    terminal_set_raw(m->words[0] == CONSOLE_RAW);
    return OK;
}

/* Keeps the capability on success; serve_request deletes it otherwise. */
static int operation_interrupt(struct message *m)
{
    handle_t notification = m->capability_count > 0 ? message_taken(0) : 0;
    unsigned type, rights;
    uint64_t badge;
    if (m->capability_count > 0 && !notification)
        return ERROR_NO_MEMORY;
    if (notification && (sys_cap_info(SELF, notification, &type, &rights, &badge) != OK ||
                         type != OBJECT_NOTIFICATION || !(rights & RIGHT_SIGNAL)))
        return ERROR_MALFORMED;
    terminal_set_interrupt(notification);
    return OK;
}

static int operation_job_command(struct message *m)
{
    if (!lease_covers(m, 0, LEASE_WRITE))
        return ERROR_MALFORMED;
    int status = job_command(m->token, message_page()->leases[0].length, &m->words[0]);
    m->word_count = 1;
    return status;
}

static int operation_job_end(struct message *m)
{
    if (m->word_count < 1 || m->words[0] > 255)
        return ERROR_MALFORMED;
    return parked(job_end(m->token, (uint8_t)m->words[0]));
}

static const struct operation {
    uint32_t label;
    unsigned badges; /* 1 << badge for each stream that has it */
    int (*run)(struct message *m);
} operations[] = {
    {IO_READ, 1 << CONSOLE_TERMINAL | 1 << CONSOLE_JOB, operation_read},
    {IO_WRITE, 1 << CONSOLE_TERMINAL | 1 << CONSOLE_JOB, operation_write},
    {IO_STATUS, 1 << CONSOLE_TERMINAL | 1 << CONSOLE_JOB, operation_status},
    {IO_SYNC, 1 << CONSOLE_TERMINAL | 1 << CONSOLE_JOB, operation_drain},
    {CONSOLE_DRAIN, 1 << CONSOLE_TERMINAL | 1 << CONSOLE_JOB, operation_drain},
    {CONSOLE_MODE, 1 << CONSOLE_TERMINAL, operation_mode},
    {CONSOLE_INTERRUPT, 1 << CONSOLE_TERMINAL, operation_interrupt},
    {CONSOLE_JOB_COMMAND, 1 << CONSOLE_JOB, operation_job_command},
    {CONSOLE_JOB_END, 1 << CONSOLE_JOB, operation_job_end},
};

static int dispatch(struct message *m)
{
    for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (operations[i].label != m->label)
            continue;
        bool allowed = m->badge < 32 && operations[i].badges >> m->badge & 1;
        return allowed ? operations[i].run(m) : ERROR_PERMISSION;
    }
    return ERROR_OPERATION;
}

static void serve_request(struct message *m)
{
    handle_t given = m->capability_count > 0 ? message_taken(0) : 0;
    bool kept = false;
    int status = ERROR_MALFORMED;
    if (m->token) { /* a send, which nobody waits for, means nothing here */
        status = dispatch(m);
        kept = status == OK && m->label == CONSOLE_INTERRUPT;
    }
    if (given && !kept)
        sys_cap_delete(SELF, given);
    if (!m->token || status == PARKED)
        return;
    m->label = (uint32_t)status;
    m->word_count = status == OK ? m->word_count : 0;
    m->capability_count = m->lease_count = 0; /* those that came must not go back */
    ipc_reply(m);                             /* a client that is gone needs no answer */
}

static void serve_drains(void)
{
    struct waiter ended;
    while (drains.count < WAITERS && job_ended(&ended)) {
        ended.goals[0] = terminal_serial()->output.put;
        ended.goals[1] = job_serial()->output.put;
        job_serve(false);
        waiters_add(&drains, ended);
    }
    for (unsigned i = drains.count; i-- > 0;) {
        const struct waiter *drain = &drains.list[i];
        if (!serial_has_sent(terminal_serial(), drain->goals[0]) || !serial_has_sent(job_serial(), drain->goals[1]))
            continue;
        struct message m = message(OK);
        m.token = drain->token;
        ipc_reply(&m);
        waiters_remove(&drains, i);
    }
}

static uint64_t next_deadline(void)
{
    uint64_t deadline = terminal_deadline();
    uint64_t drain = drains.count > 0 ? clock_nanoseconds() + DRAIN_EVERY : DEADLINE_FOREVER;
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

static handle_t open_irq(const char *name, handle_t notification, uint64_t signal)
{
    handle_t irq = startup_capability(name);
    if (irq && sys_irq_bind(irq, notification, signal) == OK)
        sys_irq_acknowledge(irq);
    return irq;
}

static int open_devices(handle_t endpoint, int argument_count, char **arguments)
{
    handle_t notification;
    int status = sys_notification_create(SELF, &notification);
    if (status == OK)
        status = sys_endpoint_bind(endpoint, notification);
    if (status != OK)
        return status;
    serial_irq = open_irq("serial_irq", notification, SIGNAL_SERIAL);
    job_irq = open_irq("job_irq", notification, SIGNAL_JOB);
    keyboard_irq = open_irq("keyboard_irq", notification, SIGNAL_KEYBOARD);
    terminal_open(argument_count, arguments);
    job_open();
    return OK;
}

int main(int argument_count, char **arguments)
{
    handle_t endpoint = startup_capability("console");
    int status = open_devices(endpoint, argument_count, arguments);
    /* the first round is for what came in before the interrupts were on */
    uint64_t signals = SIGNAL_SERIAL | SIGNAL_JOB | SIGNAL_KEYBOARD;
    while (status == OK || status == E_TIMEOUT) {
        acknowledge(signals);
        terminal_serve(signals & SIGNAL_SERIAL, signals & SIGNAL_KEYBOARD);
        job_serve(signals & SIGNAL_JOB);
        serve_drains();
        struct message m = {.accept = 1};
        status = ipc_recv(endpoint, &m, next_deadline());
        signals = status == OK && m.arrival == ARRIVAL_SIGNAL ? m.words[0] : 0;
        if (status == OK && m.arrival == ARRIVAL_MESSAGE)
            serve_request(&m);
    }
    return status;
}
