/*
 * The supervisor's own small protocol: for the shell's programs, by a badged capability.
 *
 * A service is named by its index in the answer of SERVICES. SERVICES, WHY and INJECT may be repeated; a repeated KILL
 * may end the next incarnation, too.
 */
#pragma once
#include "kernel/abi/message.h"

/* In a server's notification `signals`: the supervisor asks. Whoever receives takes the bit, and that is the answer. */
#define HEARTBEAT (1ul << 63)

/* Who asks: any program; or one that may also end and damage servers: the debug capability. */
enum init_badge { INIT_BADGE_PROGRAM = 1, INIT_BADGE_DEBUG = 2 };

enum init_operation {
    /* syncs nothing itself (the program does that first): ends the machine */
    INIT_POWER_OFF = 0x700,
    /* words: length; lease 0 (write): struct service_record array. Answer: count */
    INIT_SERVICES = 0x701,
    /* words: index; lease 0 (write): struct service_end of its last incarnation that ended. ERROR_NOT_FOUND: none did
     */
    INIT_WHY = 0x702,

    /* The debug capability only, else ERROR_PERMISSION. ERROR_NOT_FOUND: there is no such service;
     * ERROR_NO_CHILD: it does not run now. */

    /* words: index, n, time. Ends the incarnation: at once; with n > 0 instead of its n-th system call from now; else
     * with time > 0 at that time of the kernel's clock. Answer: 1 if it ended at once and owed somebody an answer */
    INIT_KILL = 0x703,
    /* words: index; lease 0 (read): struct injection. Takes the place of one that has not happened yet.
     * ERROR_MALFORMED: the address is not in the service's code */
    INIT_INJECT = 0x704,
    /* Answer: capability of the emulator's debug port, 0xe9: what is written there the host gets, past all servers */
    INIT_DEBUG_PORT = 0x705,
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
    REASON_NONE = 0,      /* none ended yet */
    REASON_FAULT = 1,     /* the vector */
    REASON_EXIT = 2,      /* its exit status */
    REASON_HUNG = 3,      /* milliseconds without a heartbeat */
    REASON_NOT_MADE = 4,  /* it could not be started: a status */
    REASON_KILLED = 5,    /* somebody with the debug capability wanted it */
    REASON_SUSPECTED = 6, /* a server that depends on it ended again and again */
};

struct service_record {
    char name[16];
    unsigned state;      /* enum service_state */
    unsigned generation; /* 1 for the first incarnation */
    unsigned restarts;
    unsigned reason;            /* of the last end: enum service_reason */
    unsigned long detail;       /* its number */
    unsigned long memory, time; /* bytes charged, nanoseconds of CPU */
    unsigned kills, busy_kills; /* ends that were asked for; of these, while it owed somebody an answer */
    unsigned injection;         /* into the incarnation that runs, or ran last: enum injection_state */
};

#define SERVICE_CALLERS 16

/* The last end of a service; after a fault also where it was. */
struct service_end {
    unsigned generation; /* of the incarnation that ended */
    unsigned reason;     /* enum service_reason */
    unsigned long detail;
    unsigned busy;                /* 1: it owed somebody an answer */
    unsigned injection;           /* enum injection_state */
    unsigned long time, idle;     /* nanoseconds since boot; of these, that CPUs had nothing to do */
    unsigned long error, address; /* FAULT_ERROR, FAULT_ADDRESS */
    struct registers registers;
    unsigned caller_count;
    unsigned long callers[SERVICE_CALLERS]; /* return addresses, the innermost first */
};

/*
 * A software fault, to be made when the service comes to an instruction: what the fault changes is executed or read at
 * once. Until then nothing is different but that one instruction, which is a breakpoint. Each part with mask 0, or
 * register NO_REGISTER, changes nothing. Registers are numbered as in struct registers.
 */
#define NO_REGISTER 0xff
struct injection {
    unsigned long address;              /* of an instruction; virtual */
    unsigned long code_and, code_xor;   /* of the 8 bytes there: code = code & code_and ^ code_xor */
    unsigned long value_and, value_xor; /* of register `changed` */
    unsigned long memory_xor;           /* of the 8 bytes at base + index * scale + displacement */
    long displacement;
    unsigned char changed, base, index, scale;
    unsigned skip; /* bytes by which rip moves on */
};

enum injection_state { INJECTION_NONE = 0, INJECTION_ARMED = 1, INJECTION_HAPPENED = 2 };
