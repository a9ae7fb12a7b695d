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
 * kept, what has left is known (outgoing.h), so that nothing goes out twice, and the kernel notes each byte that it
 * takes from the device in `input`, so that none is lost.
 */
#pragma once
#include "servers/console/outgoing.h"
#include "user/lib/syscall.h"

/* What outlives a server: bytes on their way out, and the byte that came in last. */
struct serial_kept {
    struct port_input input;
    struct outgoing output;
};

struct serial {
    handle_t ports; /* 0: there is no such device; output vanishes, no input comes */
    uint64_t base;  /* first of its 8 ports */
    struct port_input *input;
    struct outgoing *output;
    uint64_t seal; /* of these: what is written to another port, or taken from another ring, is gone */
    uint8_t enabled;
};

/* Sets up 8 data bits, no parity, 115,200 baud. `ports` (base .. base + 7) may be 0; `kept` stays in use. */
void serial_open(struct serial *serial, handle_t ports, unsigned base, struct serial_kept *kept);

/* Ends the server if it does not know any more where its device and its ring are. */
void serial_check(const struct serial *serial);

void serial_begin(struct serial *serial);
void serial_end(struct serial *serial, bool receive);

/* Takes the next byte that arrived, if there is one, into `input`. */
bool serial_receive(struct serial *serial);

/* Moves bytes from the ring to the device, as many as it takes now; a bounded number. */
void serial_transmit(struct serial *serial);

/* Has everything put into the ring up to the position `goal` (ring.put) left the machine? */
bool serial_has_sent(struct serial *serial, uint64_t goal);
