/*
 * What the tests take from the host: memory, a printf to compare with, and the end of a failed test.
 */
#pragma once
#include <stddef.h>

/* The host's own vsnprintf. */
int host_format(char *buffer, size_t size, const char *format, ...) __attribute__((format(__printf__, 3, 4)));

/* Zeroed pages of 4096 bytes; and back. */
void *host_pages(size_t pages);
void host_release(void *address, size_t pages);

/* Writes the text to standard error and aborts. */
_Noreturn void host_fail(const char *text);

/* Writes to standard output. */
void host_print(const char *text, size_t length);
