/*
 * The session: the one program that the manifest names, kept running through the process server.
 *
 * This is the only place where init calls another server, and so it has a thread of its own: the main thread must never
 * wait for a server that may need its help to come back. Context: session_start() from the main thread, once.
 */
#pragma once
#include "servers/init/manifest.h"

/* Starts the thread that keeps manifest->program running on the console. Says so if that is not possible. */
void session_start(const struct manifest *manifest);
