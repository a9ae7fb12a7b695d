/*
 * The kernel's few words on the early serial line.
 */
#pragma once
#include <stdarg.h>
#include <stdint.h>

/* Prints on COM1, polled. Understands %s %c %d %u %x %lx %lu %ld %p %%. Context: any. */
void log_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_print_list(const char *format, va_list arguments);
