/*
 * What init tells the host about faults made on purpose: lines in the emulator's log (its debug port), among those that
 * a test's programs write there. Their order is the order in which things happened, and no server has a part in it.
 *
 *     injected NAME owing|idle      a fault happens now, in this server, which owes somebody an answer or not
 *     died NAME REASON DETAIL       the incarnation that it happened in has ended (enum service_reason)
 *
 * A line may stand in the midst of a program's that was being written: so it begins with a mark, the byte 1.
 */
#pragma once
#include "servers/proto/init.h"
#include <stdbool.h>

void host_log_injected(const char *name, bool owing);
void host_log_died(const char *name, const struct service_end *end);
