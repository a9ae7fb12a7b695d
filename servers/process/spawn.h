/*
 * PROCESS_SPAWN: from the client's words to a running program.
 */
#pragma once
#include "user/lib/ipc.h"

#define SPAWN_STREAMS 4 /* input, output, error; and the debug capability (servers/proto/init.h) */

/* Every program's name under "process" is minted from `endpoint`. Call once. */
void spawn_open(handle_t endpoint);

/*
 * Starts a program for the client `spawner`. `taken`: the capabilities that came with the request, which stay the
 * caller's. Returns the answer: its label is 0, or the error of servers/proto/error.h.
 */
struct message spawn(const struct message *request, uint64_t spawner, const handle_t taken[SPAWN_STREAMS]);
