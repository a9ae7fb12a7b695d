/*
 * The console's requests: from a received message to its answer, or to the queue where it waits.
 *
 * A READ waits in terminal.c, a WRITE in its stream, the end of a job in job.c; a client that waits for the lines to
 * drain waits here.
 */
#pragma once
#include "user/lib/ipc.h"
#include <stdbool.h>

/* Takes a request that was received with one capability accepted: answers or parks it. */
void requests_serve(struct message *m);

/* Answers those whose output has left the machine. No interrupt tells when, so this is to be repeated... */
void requests_answer_drains(void);

/* ... while this is true. */
bool requests_are_draining(void);

/* How many clients wait for an answer, here and elsewhere. */
unsigned requests_waiting(void);
