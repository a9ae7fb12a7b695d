/*
 * Asking the supervisor about the servers and, with the debug capability, ending and damaging them
 * (servers/proto/init.h). Functions return a value >= 0 or a negative status, as those of file.h do.
 */
#pragma once
#include "servers/proto/init.h"
#include <stdbool.h>
#include <stdint.h>

#define MOST_SERVICES 64

/* Fills `records` with what there is; their number. */
long services_list(struct service_record records[MOST_SERVICES]);

/* The index of the service with this name, and its record. -ERROR_NO_CHILD: there is none */
int service_find(const char *name, struct service_record *record);

/* How its last incarnation ended; -ERROR_NOT_FOUND if none has. */
int service_last_end(int index, struct service_end *end);

/*
 * Ends the incarnation that runs: at once, instead of its n-th system call, or at a time of the kernel's clock; the
 * others are 0. 1 if it ended at once and owed somebody an answer, else 0. -ERROR_PERMISSION without the debug
 * capability; -ERROR_NO_CHILD: none runs now.
 */
int service_kill(int index, uint64_t calls, uint64_t time);

/* Arms a fault; 0 when it is. -ERROR_MALFORMED: it is nowhere in the server's code. */
int service_inject(int index, const struct injection *injection);

/*
 * Makes a fault in the server when it is about to answer its next request. Kinds: null, bitflip, hang, exit, skip,
 * wild, reply; `seed` chooses which bit or word, where there is a choice. -ERROR_NOT_SUPPORTED: there is no such kind.
 * 0 when it is armed.
 */
int service_damage(const char *name, const char *kind, uint64_t seed);

/* The same when it comes to the beginning of one of its functions; `reply` is for that place only. */
int service_damage_at(const char *name, const char *function, const char *kind, uint64_t seed);
