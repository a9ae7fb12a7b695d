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
 * A client that gets E_SERVER_DIED makes its request once more, with the same sequence number. A claim is the last
 * request of a kind that left a trace here: if it comes again, it is answered, or gone on with, and not done twice.
 * Rules: commit before the device or the client sees anything of it; answer a claim before the next one takes its
 * place.
 */
#pragma once
#include "kernel/abi/rights.h"
#include "servers/console/display.h"
#include "servers/console/keyboard.h"
#include "servers/console/line.h"
#include "servers/console/serial.h"

struct claim {
    uint64_t sender, sequence; /* process and thread, as the kernel says; number of the request */
    uint64_t done, length;     /* bytes of it that were taken or given, of how many */
};

/* Set these, then commit. */
struct kept_state {
    struct claim terminal_write, job_write, job_end;
    struct claim read; /* `done` bytes, the cells before ready.taken */
    uint64_t read_cells;
    handle_t interrupt;                  /* in the estate; 0: none */
    uint64_t serial_used, keyboard_used; /* of the bytes that were taken from the devices */
    bool keyboard_ready;                 /* the controller was set up */
    struct keyboard keyboard;
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

/* Ends the server if what it is about to keep cannot follow what it kept last: then it is damaged. */
void kept_commit(void);

/* Does the request carry on with this claim? */
static inline bool claim_is(const struct claim *claim, uint64_t sender, uint64_t sequence)
{
    return claim->sequence == sequence && claim->sender == sender && sequence != 0;
}
