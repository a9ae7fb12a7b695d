/*
 * The supervisor's own small protocol: for the shell's programs, by a badged capability.
 */
#pragma once

enum init_operation {
    /* syncs nothing itself (the program does that first): ends the machine */
    INIT_POWER_OFF = 0x700,
    /* words: length; lease 0 (write): struct service_record array. Answer: count */
    INIT_SERVICES = 0x701,
};

enum service_state {
    SERVICE_WAITING = 0,
    SERVICE_RUNNING = 1,
    SERVICE_RESTARTING = 2,
    SERVICE_GIVEN_UP = 3,
    SERVICE_ABSENT = 4
};

struct service_record {
    char name[16];
    unsigned state;      /* enum service_state */
    unsigned generation; /* 1 for the first incarnation */
    unsigned restarts;
    unsigned reason;            /* of the last end: vector of the fault, or 0x100 + exit status; 0 none */
    unsigned long memory, time; /* bytes charged, nanoseconds of CPU */
};
