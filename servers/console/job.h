/*
 * The job channel: the command that the host wants run, its output over COM2, and its end.
 */
#pragma once
#include "servers/console/serial.h"
#include "servers/console/waiters.h"

/* Sets up COM2 and fw_cfg from the startup capabilities; each may be absent. */
void job_open(void);

/* After each event: moves output along. */
void job_serve(bool serial_interrupt);

/* Parks a checked IO_WRITE; false if too many wait. */
bool job_write(const struct waiter *writer);

/*
 * Copies the command line to lease 0 of the caller, at most `length` bytes. OK and *size, ERROR_NOT_FOUND if the host
 * gave none, ERROR_TOO_BIG if it is longer, ERROR_MALFORMED if the lease does not take it.
 */
int job_command(uint64_t token, uint64_t length, uint64_t *size);

/* Parks the caller until its turn among the writers, then tells the host the exit status; false if too many wait. */
bool job_end(const struct waiter *waiter);

/* The next caller of job_end whose status is in the ring: its answer now waits only for the lines to drain. */
bool job_ended(struct waiter *waiter);

/* How many clients wait here for an answer. */
unsigned job_waiting(void);

/* When job_serve wants to be called although nothing happens; DEADLINE_FOREVER: no wish. */
uint64_t job_deadline(void);

/* The serial line, to wait until its output is sent. */
struct serial *job_serial(void);
