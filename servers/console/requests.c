/*
 * What each request does: checks its words, leases and capabilities completely, then acts or parks it.
 */
#include "servers/console/requests.h"
#include "servers/console/job.h"
#include "servers/console/terminal.h"
#include "servers/proto/console.h"
#include "servers/proto/error.h"
#include "servers/proto/io.h"
#include "user/lib/answer.h"

#define PARKED (-1) /* instead of a status: the answer comes later */

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

/* The caller of a request that carries the number of its attempt-independent sequence in word 7. */
static struct waiter caller(const struct message *m)
{
    return (struct waiter){
        .token = m->token,
        .sender = message_page()->sender,
        .sequence = m->word_count == MESSAGE_REGISTER_WORDS ? m->words[7] : 0,
        .length = m->words[1],
    };
}

static int operation_read(struct message *m)
{
    struct waiter reader = caller(m);
    uint64_t length = m->words[1];
    if (m->word_count < 2 || !lease_covers(m, length, LEASE_WRITE))
        return ERROR_MALFORMED;
    if (m->badge == CONSOLE_TERMINAL && length > 0)
        return parked(terminal_read(&reader));
    m->words[0] = 0;
    m->word_count = 1;
    return OK;
}

static int operation_write(struct message *m)
{
    struct waiter writer = caller(m);
    if (m->word_count < 2 || !lease_covers(m, writer.length, LEASE_READ))
        return ERROR_MALFORMED;
    return parked(m->badge == CONSOLE_TERMINAL ? terminal_write(&writer) : job_write(&writer));
}

static int operation_status(struct message *m)
{
    for (unsigned i = 0; i < IO_STATUS_WORDS; i++)
        m->words[i] = 0;
    m->words[IO_STATUS_MODE] = (m->badge == CONSOLE_TERMINAL ? KIND_CHARACTER : KIND_PIPE) << 12 | 0620;
    m->words[IO_STATUS_LINKS] = 1;
    m->word_count = IO_STATUS_WORDS;
    return OK;
}

/* Its answer waits until all that is in the rings now has been sent. */
static bool add_drain(struct waiter waiter)
{
    waiter.goals[0] = terminal_serial()->output->ring.put;
    waiter.goals[1] = job_serial()->output->ring.put;
    return waiters_add(&drains, waiter);
}

static int operation_drain(struct message *m)
{
    return parked(add_drain((struct waiter){.token = m->token}));
}

static int operation_mode(struct message *m)
{
    if (m->word_count < 1 || m->words[0] > CONSOLE_RAW)
        return ERROR_MALFORMED;
    terminal_set_raw(m->words[0] == CONSOLE_RAW);
    m->word_count = 0;
    return OK;
}

/* Keeps the capability on success; requests_serve deletes it otherwise. */
static int operation_interrupt(struct message *m)
{
    handle_t notification = message_taken(m, 0);
    unsigned type, rights;
    uint64_t badge;
    if (m->capability_count > 0 && !notification)
        return ERROR_NO_MEMORY;
    if (notification && (sys_cap_info(SELF, notification, &type, &rights, &badge) != OK ||
                         type != OBJECT_NOTIFICATION || !(rights & RIGHT_SIGNAL)))
        return ERROR_MALFORMED;
    terminal_set_interrupt(notification);
    m->word_count = 0;
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
    struct waiter waiter = caller(m);
    waiter.status = (uint8_t)m->words[0];
    return parked(job_end(&waiter));
}

/* What can be asked, and whether the terminal's capability is needed for it. */
static const struct operation {
    uint32_t label;
    bool terminal_only;
    int (*run)(struct message *m);
} operations[] = {
    {IO_READ, false, operation_read},
    {IO_WRITE, false, operation_write},
    {IO_STATUS, false, operation_status},
    {IO_SYNC, false, operation_drain},
    {CONSOLE_DRAIN, false, operation_drain},
    {CONSOLE_MODE, true, operation_mode},
    {CONSOLE_INTERRUPT, true, operation_interrupt},
    {CONSOLE_JOB_COMMAND, false, operation_job_command},
    {CONSOLE_JOB_END, false, operation_job_end},
};

static int dispatch(struct message *m)
{
    bool terminal = m->badge == CONSOLE_TERMINAL;
    if (!terminal && m->badge != CONSOLE_JOB)
        return ERROR_PERMISSION;
    for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (operations[i].label == m->label)
            return terminal || !operations[i].terminal_only ? operations[i].run(m) : ERROR_PERMISSION;
    }
    return ERROR_OPERATION;
}

/* An error changes nothing, so it is tried again: perhaps the fault was ours. */
static int dispatch_surely(struct message *m, const struct message *again)
{
    int status = dispatch(m);
    if (status == OK || status == PARKED)
        return status;
    *m = *again;
    return dispatch(m);
}

void requests_serve(struct message *m)
{
    const struct message again = *m; /* first of all: damage to one leaves the other */
    handle_t given = message_taken(m, 0);
    bool kept = false;
    int status = ERROR_MALFORMED;
    if (m->token) { /* a send, which nobody waits for, means nothing here */
        status = dispatch_surely(m, &again);
        kept = status == OK && m->label == CONSOLE_INTERRUPT;
    }
    if (given && !kept)
        sys_cap_delete(SELF, given);
    if (!m->token || status == PARKED)
        return;
    m->label = (uint32_t)status;
    m->word_count = status == OK ? m->word_count : 0;
    answer_later(m);
}

void requests_answer_drains(void)
{
    struct waiter ended;
    while (drains.count < WAITERS && job_ended(&ended)) {
        add_drain(ended);
        job_serve(false);
    }
    for (unsigned i = drains.count; i-- > 0;) {
        const struct waiter *drain = &drains.list[i];
        if (!serial_has_sent(terminal_serial(), drain->goals[0]) || !serial_has_sent(job_serial(), drain->goals[1]))
            continue;
        struct message m = message(OK);
        m.token = drain->token;
        answer_later(&m);
        waiters_remove(&drains, i);
    }
}

unsigned requests_waiting(void)
{
    return drains.count + terminal_waiting() + job_waiting();
}

bool requests_are_draining(void)
{
    return drains.count > 0;
}
