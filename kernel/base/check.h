/*
 * Panics and checks. A failed check is a bug in the kernel, never a user's mistake: those are status codes.
 */
#pragma once

/* Stops every CPU after printing the message, where it happened, a backtrace and the last events. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A function off the short paths, which keeps all registers for whoever calls it from there. */
#define COLD __attribute__((noinline, no_caller_saved_registers))
/* The same, but it takes its caller's place: the short path ends where it is called. */
#define APART __attribute__((noinline, cold))

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (__builtin_expect(!(condition), 0))                                                                         \
            panic("%s:%d: check failed: %s", __FILE__, __LINE__, #condition);                                          \
    } while (0)
