/*
 * The one place that understands printf's conversions.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>

/* Takes `length` characters of output; `context` is the caller's. */
typedef void format_sink(void *context, const char *text, size_t length);

/* Formats as stdio.h says and passes the pieces to `sink` in order. Returns the number of characters. */
int format_text(format_sink *sink, void *context, const char *format, va_list arguments);
