/*
 * What outlives a console: the bytes that are on their way, and enough to know what became of each request.
 *
 * It lies in Memory of the supervisor that every incarnation gets. The bytes are where they are used: in rings and in
 * the line being typed. What says which of them count is small, and is stored as one record (user/lib/kept.h) by
 * kept_commit(); a successor goes on from there. So between two commits nothing happened: what is put behind the end of
 * a ring, or behind the length of a line, is not there yet.
 *
 * Three things are not part of that record. How much of an output ring has left the machine is counted by the kernel,
 * in the ring itself, in the same step in which it is written to the device. A byte that was typed is noted by the
 * kernel, in the step in which it is taken from the device. And the screen is what the last bytes of the output ring
 * make of it.
 *
 * The last requests that left a trace here, and those whose answers may not have arrived, are claims (claims.h).
 * Rules: commit before the device or the client sees anything of it; answer a claim before the next one takes its
 * place.
 */
#pragma once
#include "kernel/abi/rights.h"
#include "servers/console/claims.h"
#include "servers/console/display.h"
#include "servers/console/keyboard.h"
#include "servers/console/line.h"
#include "servers/console/serial.h"

/* Set these, then commit. */
struct kept_state {
    struct kept_output {
        struct claim terminal_write, job_write, job_end;
    } output;
    struct kept_input {
        struct claim read;
        handle_t interrupt;                  /* in the estate; 0: none */
        uint64_t serial_used, keyboard_used; /* of the bytes that were taken from the devices */
        bool keyboard_ready;                 /* the controller was set up */
        struct keyboard keyboard;
    } input;
};

struct kept {
    struct port_input keyboard_input;
    struct serial_kept terminal, job;
    struct line line;
    struct display_shown shown;
    struct kept_state state;
};
extern struct kept *kept;

/*
 * Maps the Memory and goes back to the last commit; what makes no sense is forgotten. False if there is no memory at
 * all. *inherited: there was a predecessor, and its work goes on.
 */
bool kept_open(bool *inherited);

/* What a commit is about: bytes that clients write, or what is typed, with its echo and its readers. */
enum kept_part { KEPT_OUTPUT, KEPT_INPUT };

/* Ends the server if what it is about to keep cannot follow what it kept last, or more of it changed than the commit is
 * about: then it is damaged. */
void kept_commit(enum kept_part part);

/* What is known of a request: `last` of its kind, if it is that, or a claim of a former console's; 0 if nothing. */
const struct claim *kept_find_claim(const struct claim *last, enum claim_kind kind, uint64_t sender, uint64_t sequence);
