/*
 * Kinds of object, and the rights a capability can carry.
 *
 * A right allows one family of operations; cap_copy and cap_mint can only take rights away. Each kind of object
 * uses the bits listed for it; unused bits are kept but mean nothing.
 */
#pragma once

enum object_type {
    OBJECT_NONE = 0,
    OBJECT_PROCESS = 1,
    OBJECT_THREAD = 2,
    OBJECT_ENDPOINT = 3,
    OBJECT_NOTIFICATION = 4,
    OBJECT_MEMORY = 5,
    OBJECT_IRQ = 6,
    OBJECT_IOPORTS = 7,
    OBJECT_TYPES = 8,
};

/* A handle: index in the low 32 bits, generation (never 0) in the high 32. 0 is never a valid capability. */
typedef unsigned long handle_t;
#define SELF 0ul /* where a call takes a process handle: the calling process */

enum rights {
    RIGHT_READ = 1u << 0,    /* Memory: map readable. Endpoint: recv. Notification: wait. IoPorts: read */
    RIGHT_WRITE = 1u << 1,   /* Memory: map writable. Endpoint: send, call. Notification: signal. IoPorts: write */
    RIGHT_EXECUTE = 1u << 2, /* Memory: map executable */
    RIGHT_DMA = 1u << 3,     /* Memory: learn physical addresses */
    RIGHT_MINT = 1u << 4,    /* set a badge on a derived capability (Endpoint), or cut smaller resources out of a
                                root resource (device Memory, Irq, IoPorts) */
    RIGHT_CONTROL =
        1u << 5,          /* Process: act on its table, memory and threads. Thread: priority. Irq: bind, acknowledge */
    RIGHT_GIVE = 1u << 6, /* may be sent in a message, or copied */
    RIGHTS_ALL = 0x7f,
};

/* Names that read better at the call site. */
#define RIGHT_RECEIVE RIGHT_READ
#define RIGHT_SEND    RIGHT_WRITE
#define RIGHT_WAIT    RIGHT_READ
#define RIGHT_SIGNAL  RIGHT_WRITE
