/*
 * How programs report what went wrong.
 */
#pragma once

/* Prints "PROGRAM: what: reason" to stderr, the reason by status_text(). Returns 1, the exit status for it. */
int complain(const char *what, int status);
