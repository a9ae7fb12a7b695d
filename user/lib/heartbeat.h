/*
 * A server's sign of life between two pieces of long work.
 *
 * The supervisor asks through the notification `signals`, which is bound to the server's endpoint: a server that
 * receives has answered. One that is busy for longer than the manifest's `heartbeat` allows, or waits in a loop, calls
 * heartbeat() once a round.
 */
#pragma once
#include <stdint.h>

/* Tells the supervisor, if it asked, that this server is alive. Other signals stay where they are. */
void heartbeat(void);

/*
 * To be called when the supervisor has asked: ends a server that owes more answers than it knows of. One was lost, and
 * without this its client would wait for ever: a successor gets the request again.
 */
void heartbeat_owing(uint64_t known);
