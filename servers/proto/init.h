/*
 * The supervisor's own small protocol: for the shell's programs, by a badged capability.
 *
 * All operations but POWER_OFF may be repeated. A service is named by its index in the answer of SERVICES.
 */
#pragma once
#include "kernel/abi/message.h"

/* In a server's notification `signals`: the supervisor asks. Whoever receives takes the bit, and that is the answer. */
#define HEARTBEAT (1ul << 63)

enum init_operation {
    /* syncs nothing itself (the program does that first): ends the machine */
    INIT_POWER_OFF = 0x700,
    /* words: length; lease 0 (write): struct service_record array. Answer: count */
    INIT_SERVICES = 0x701,
    /* words: index; lease 0 (write): struct service_end of its last incarnation that ended. ERROR_NOT_FOUND: none did
     */
    INIT_WHY = 0x702,
};

enum service_state {
    SERVICE_WAITING = 0, /* for a server it depends on */
    SERVICE_RUNNING = 1,
    SERVICE_RESTARTING = 2,
    SERVICE_GIVEN_UP = 3,
    SERVICE_ABSENT = 4
};

/* Why an incarnation ended, and what the number beside it means. */
enum service_reason {
    REASON_NONE = 0,    /* none ended yet */
    REASON_FAULT = 1,   /* the vector */
    REASON_EXIT = 2,    /* its exit status */
    REASON_HUNG = 3,    /* milliseconds without a heartbeat */
    REASON_NOT_MADE = 4 /* it could not be started: a status */
};

struct service_record {
    char name[16];
    unsigned state;      /* enum service_state */
    unsigned generation; /* 1 for the first incarnation */
    unsigned restarts;
    unsigned reason;            /* of the last end: enum service_reason */
    unsigned long detail;       /* its number */
    unsigned long memory, time; /* bytes charged, nanoseconds of CPU */
};

#define SERVICE_CALLERS 16

/* The last end of a service; after a fault also where it was. */
struct service_end {
    unsigned generation; /* of the incarnation that ended */
    unsigned reason;     /* enum service_reason */
    unsigned long detail;
    unsigned long time;           /* nanoseconds since boot */
    unsigned long error, address; /* FAULT_ERROR, FAULT_ADDRESS */
    struct registers registers;
    unsigned caller_count;
    unsigned long callers[SERVICE_CALLERS]; /* return addresses, the innermost first */
};
