/*
 * A server in a process of its own, on CPU 0, at the priority of the first process.
 */
#pragma once
#include "user/bench/kernel/loops.h"

extern handle_t server_endpoint; /* ours to the server that runs */

/* Starts a server that runs this loop; ends it. One at a time. */
void start_server(void (*loop)(const struct loop *loop));
void stop_server(void);
