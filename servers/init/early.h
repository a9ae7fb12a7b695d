/*
 * The few lines that init itself says: on the first serial line, polled, because the console is one of the servers
 * that init starts and may be the one that just died. Context: any thread.
 */
#pragma once
#include "kernel/abi/rights.h"

/* Takes the serial line's ports out of the root of all ports. Without them everything printed is lost. */
void early_open(handle_t ports_root);

/* One line of at most 200 characters, after "init: "; the line's end is added. */
void early_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
