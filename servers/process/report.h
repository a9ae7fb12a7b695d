/*
 * Telling people about programs: records for PROCESS_LIST, and one line for a fault.
 */
#pragma once
#include "servers/process/children.h"

struct process_record report_child(const struct child *child);

/* Prints what happened on "error", with a deadline: a console that is stuck must not stop this server. `words` are a
 * LABEL_FAULT message's. Context: uses the message page. */
void report_fault(const struct child *child, const uint64_t *words);
