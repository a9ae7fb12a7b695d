/*
 * Crash reports: what can be learned from an incarnation in the moment of its fault, before it is taken apart.
 */
#pragma once
#include "servers/proto/init.h"
#include "user/lib/ipc.h"

/*
 * Fills a report from a LABEL_FAULT message that was just received: the registers are in the message page, the stack is
 * read through the lease that comes with a fault. The dead server's memory is not trusted: what cannot be read or makes
 * no sense ends the list of callers.
 */
void crash_examine(const struct message *fault, struct service_end *end);

/* Says on the first serial line how an incarnation ended. */
void crash_print(const char *name, const struct service_end *end);
