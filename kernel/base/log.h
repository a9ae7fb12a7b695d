/*
 * The kernel's few words on the early serial line, and its last events for a panic.
 */
#pragma once
#include <stdarg.h>
#include <stdint.h>

/* Prints on COM1, polled. Understands %s %c %d %u %x %lx %lu %ld %p %%. Context: any. */
void log_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_print_list(const char *format, va_list arguments);

/* The last events of all CPUs, kept in a ring that only a panic reads. Context: kernel lock held. */
enum event_kind { EVENT_FAULT, EVENT_EXIT, EVENT_DESTROY, EVENT_SHOOTDOWN, EVENT_TIMEOUT };
void event_record(enum event_kind kind, uint64_t first, uint64_t second);
