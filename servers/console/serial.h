/*
 * A 16550 serial port, both ways, by interrupts.
 *
 * Output goes to a ring first; serial_transmit moves it to the device, 16 bytes whenever the device has room, and asks
 * for an interrupt for the rest. What is in the ring is never dropped: if the other end does not read, it waits.
 *
 * The interrupt is edge-triggered: there is one edge when the line rises, and none while it stays up. So a service
 * begins with all causes disabled (the line falls) and ends by enabling those wanted (it rises if one is pending):
 *
 *     after a signal, and after every other event:
 *         serial_begin;  serial_receive until false or no room;  serial_transmit;  serial_end(more input wanted?)
 *
 * A server that takes over from a dead one calls serial_open again, with the same memory: the device's own buffers are
 * kept, the kernel counts what it writes to the device in the ring, so that nothing goes out twice, and it notes each
 * byte that it takes from the device in `input`, so that none is lost. A count that is not what was seen last ends the
 * server, and a successor goes on from that (serial_recover).
 */
#pragma once
#include "servers/console/ring.h"
#include "user/lib/kept.h"
#include "user/lib/syscall.h"
#include <stdbool.h>

#define SERIAL_BURST 16 /* bytes that go to the device in one system call */

/* What outlives a server: bytes on their way out, how many have left, and the byte that came in last. */
struct serial_kept {
    struct port_input input;
    struct ring output;
    uint64_t
        sent[KEPT_WORDS(uint64_t)]; /* output.taken as we have seen it: at most a burst behind the kernel's count */
};

struct serial {
    handle_t ports; /* 0: there is no such device; output vanishes, no input comes */
    unsigned base;  /* first of its 8 ports */
    uint8_t enabled;
    struct serial_kept *kept;
    struct ring *output; /* kept->output: bytes */
};

/* Sets up 8 data bits, no parity, 115,200 baud. `ports` (base .. base + 7) may be 0; `kept` stays in use. */
void serial_open(struct serial *serial, handle_t ports, unsigned base, struct serial_kept *kept);

/* Ends the server if it does not know any more where its ring is. */
void serial_check(const struct serial *serial);

/* After a former server, whose ring ended at `put`: what cannot be known to be unsent is dropped. */
void serial_recover(struct serial_kept *kept, uint64_t put);

void serial_begin(struct serial *serial);
void serial_end(struct serial *serial, bool receive);

/* Takes the next byte that arrived, if there is one, into kept->input. */
bool serial_receive(struct serial *serial);

/* Moves bytes from the ring to the device, as many as it takes now; a bounded number. */
void serial_transmit(struct serial *serial);

/* Has everything put into the ring up to the position `goal` (ring.put) left the machine? */
bool serial_has_sent(struct serial *serial, uint64_t goal);
