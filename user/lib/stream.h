/*
 * What is inside a FILE: for the rooms of stdio only (stream.c, output.c, input.c).
 */
#pragma once
#include "user/lib/thread.h"
#include <stdbool.h>
#include <stdio.h>

enum buffering {
    BUFFERING_UNDECIDED = 0, /* until the first write asks whether this is a terminal */
    BUFFERING_FULL,
    BUFFERING_LINES,
    BUFFERING_CALLS,
};

struct stream {
    int descriptor;
    enum buffering buffering;
    bool ended;              /* the last read found the end */
    int failure;             /* status of the first failed read or write, negative; 0 none */
    size_t filled, consumed; /* bytes in the buffer: all; already taken by the reader */
    struct mutex mutex;      /* of everything here; taken by the public functions */
    struct stream *next;     /* in the list of fopen'ed streams (stream.c) */
    char buffer[BUFSIZ];
};

/* Writes out what the stream holds. Called with its mutex. OK, or the stream's failure. */
int stream_flush(FILE *stream);

/* Takes output; the buffer is flushed as it fills. Called with the mutex, then stream_settle(). */
void stream_put(FILE *stream, const char *text, size_t length);

/* At the end of a public call: flushes what must not wait. Called with the mutex. OK, or the stream's failure. */
int stream_settle(FILE *stream);
