/*
 * Answers of a server with one thread that keeps clients waiting.
 *
 * Such a server does not answer what it just received but anything, at any time. An answer sent by itself makes the
 * client ready on some other CPU, which has to be woken; one that goes out together with the next receive lets this CPU
 * go straight on with the client. So the last answer always waits for the receive. Typical:
 *
 *     for (;;) {
 *         ... answer_later(&answer) any number of times ...
 *         status = answer_and_receive(endpoint, &m, deadline);
 *     }
 */
#pragma once
#include "user/lib/ipc.h"

/*
 * Takes an answer (token, label, up to 8 words; no capabilities) to be sent at the next answer_and_receive. The one
 * taken before is sent now. A client that is gone meanwhile gets none, and nobody is told.
 */
void answer_later(const struct message *answer);

/* Sends the answer that waits, if there is one. */
void answer_flush(void);

/* Sends the answer that waits, if there is one, and receives as ipc_recv does; m->accept as there. */
int answer_and_receive(handle_t endpoint, struct message *m, uint64_t deadline);
