/*
 * One direction of bytes to the outside: clients' WRITEs, in order, into a serial line's ring.
 *
 * A WRITE of any length is taken in pieces as the ring empties, and answered when all its bytes are in the ring; the
 * next writer's turn comes after that, so WRITEs never mix. Each byte of a client is read exactly once. A writer that
 * comes again, because a former console died over it, goes on where that one stopped (servers/console/kept.h).
 */
#pragma once
#include "servers/console/kept.h"
#include "servers/console/serial.h"
#include "servers/console/waiters.h"
#include "user/lib/ipc.h"

#define STREAM_ENCODED 2 /* the most bytes that an encoding makes of one */

struct stream {
    struct serial *serial;
    enum claim_kind kind;
    struct claim *last; /* the writer whose turn it is or was last */
    uint64_t patience;  /* until then the rest of its bytes is waited for; set by stream_resume() */
    unsigned reserve;   /* room in the ring that writers leave free */
    /* Makes of a client's byte what goes over the line; returns its length, 1..STREAM_ENCODED. */
    unsigned (*encode)(char byte, char *encoded);
    /* Sees the clients' bytes too, or is 0. */
    void (*show)(const char *bytes, unsigned count);
    struct waiters writers;
};

/* Encodings: "\n" as "\r\n"; JOB_ESCAPE doubled (servers/proto/console.h). */
unsigned encode_terminal(char byte, char *encoded);
unsigned encode_job(char byte, char *encoded);

/* Puts bytes of the server's own into the ring, encoded; what finds no room is left out. */
void stream_put(struct stream *stream, const char *bytes, unsigned count);

/* A former console may have died in the middle of a WRITE: gives its client a moment to come again before others. */
void stream_resume(struct stream *stream);

/* When that moment is over, if somebody waits for it; else DEADLINE_FOREVER. */
uint64_t stream_deadline(const struct stream *stream);

/* Parks an IO_WRITE whose message was checked; false if too many wait. */
bool stream_write(struct stream *stream, const struct waiter *writer);

/* Takes what the ring has room for from the waiting writers, and answers those that are done. True if there would be
 * more to take, had the ring room for it. */
bool stream_take(struct stream *stream);
