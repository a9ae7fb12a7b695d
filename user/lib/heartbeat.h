/*
 * A server's sign of life between two pieces of long work.
 *
 * The supervisor asks through the notification `signals`, which is bound to the server's endpoint: a server that
 * receives has answered. One that is busy for longer than the manifest's `heartbeat` allows, or waits in a loop, calls
 * heartbeat() once a round.
 */
#pragma once

/* Tells the supervisor, if it asked, that this server is alive. Other signals stay where they are. */
void heartbeat(void);
