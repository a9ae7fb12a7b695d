/*
 * Bytes on their way to a serial line, in memory that outlives the server. They were acknowledged, and nobody can check
 * what has left the machine: so all of it is there twice.
 *
 * A byte's cell says by itself whether it is whole and was written for its place, and has a copy far away; so damage to
 * one of them takes nothing away. The end is there twice, too. How many bytes have left is counted by the kernel in
 * `ring.taken`, in the same step in which it writes them to the device, and noted here: before a burst, how many may
 * go, and after it, how many went. So only within a burst the kernel's count may differ from what is noted.
 *
 *     outgoing_put(output, byte);
 *     count = outgoing_begin(output, bytes);
 *     ...the kernel writes `written` of them to the device and counts them in output->ring.taken...
 *     outgoing_finish(output, written);
 *
 * What is not as it must be ends the server; its successor calls outgoing_recover().
 */
#pragma once
#include "servers/console/ring.h"
#include "user/lib/kept.h"
#include <stdbool.h>

#define OUTGOING_BURST 16 /* bytes that are written to the device at a time, at most */

struct sent {
    uint64_t taken; /* bytes that had left when this was noted */
    uint64_t going; /* so many more may have left since */
};

struct outgoing {
    struct ring ring; /* cells of outgoing.c */
    uint16_t copies[RING_SIZE];
    uint64_t end; /* ring.put once more */
    uint64_t sent[KEPT_WORDS(struct sent)];
};

/* In memory of zeros, or after a former server, whose ring ended at `put`: what may have left already is dropped. */
void outgoing_recover(struct outgoing *output, uint64_t put);

/* Needs room for one byte. */
void outgoing_put(struct outgoing *output, uint8_t byte);

/* The byte at a position (as of ring.put), by whichever of its cells is whole. */
uint8_t outgoing_byte(const struct outgoing *output, uint64_t position);

/* Do both cells at the position have this byte? */
bool outgoing_has(const struct outgoing *output, uint64_t position, uint8_t byte);

/* Copies what goes to the device next; returns how many bytes. */
unsigned outgoing_begin(struct outgoing *output, uint8_t bytes[OUTGOING_BURST]);
void outgoing_finish(struct outgoing *output, uint64_t written);

/* How many bytes have left, once that is made sure of. */
uint64_t outgoing_sent(const struct outgoing *output);

/* Drops all that has not left. */
void outgoing_clear(struct outgoing *output);
