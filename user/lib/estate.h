/*
 * A server's estate: a process without threads, owned by the supervisor, whose capability table and quota outlive the
 * server. What a server holds for others lies there, and its handles there in the server's kept Memory.
 *
 * A handle of the estate names nothing in the server's own table: estate_take() derives a capability to work with.
 * Objects can also be made there to begin with (the `process` argument of the system calls): estate() is that argument.
 * A server that dies between estate_keep() and noting the handle leaves something behind that nobody knows: a successor
 * clears that away with estate_sweep().
 */
#pragma once
#include "kernel/abi/rights.h"
#include <stdbool.h>

/* The capability of the estate, named "estate" in the manifest; 0 if this server has none. */
handle_t estate(void);

/* A copy of one of our capabilities for the estate; 0 if there is no room, no estate, or `handle` is 0. */
handle_t estate_keep(handle_t handle);

/* A capability of our own, derived from one of the estate; 0 if it is gone or `kept` is 0. */
handle_t estate_take(handle_t kept);

/* Deletes a capability of the estate; a root takes its object along. */
void estate_drop(handle_t kept);

/* Deletes every capability of the estate that `is_known` does not know. */
void estate_sweep(bool (*is_known)(handle_t kept));
