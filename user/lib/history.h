/*
 * The last lines that were typed.
 */
#pragma once

#define HISTORY_LINES 100

struct history {
    char *lines[HISTORY_LINES]; /* a ring of malloc'ed texts */
    unsigned added;             /* lines ever added; the next goes to added % HISTORY_LINES */
};

/* Adds a line unless it is empty or repeats the last. Without memory it is not remembered. */
void history_add(struct history *history, const char *line);

/* The line `back` lines ago, 1 = the last; 0 if there is none. */
const char *history_get(const struct history *history, unsigned back);
