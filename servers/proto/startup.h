/*
 * What every process but init finds at STARTUP_ADDRESS when it starts: its arguments and its named capabilities.
 *
 * The loader (init for servers, the process server for programs) fills it. Behind struct startup come the table of
 * arguments and the strings. rdi of the first thread is STARTUP_ADDRESS.
 *
 * Names in use. Programs: "root" (fs root directory), "system" (archive root directory), "process", "init",
 * "input", "output", "error". Servers: whatever the manifest gives them, by the manifest's names.
 */
#pragma once
#include "kernel/abi/rights.h"

#define STARTUP_MAGIC        0x50555453u
#define STARTUP_PAGES        36 /* room for PROCESS_BLOCK, PROCESS_ARGUMENTS and the rest */
#define STARTUP_CAPABILITIES 32

struct startup_capability {
    char name[16];
    handle_t handle;
};

struct startup {
    unsigned magic;
    unsigned argument_count;
    char **arguments;   /* as main() wants them: the table ends with a 0 */
    const char *folder; /* the working folder's path */
    unsigned capability_count;
    unsigned generation; /* of a server: 1 for the first incarnation */
    unsigned priority;   /* of the first thread: what further threads should ask for */
    unsigned reserved;
    unsigned long boot_time; /* seconds since 1970, UTC, when the clock read 0 */
    handle_t self_thread;
    struct startup_capability capabilities[STARTUP_CAPABILITIES];
};
