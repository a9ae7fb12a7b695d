/*
 * One incarnation of a server: the archive's program, the manifest's capabilities, a process.
 */
#pragma once
#include "kernel/abi/bootinfo.h"
#include "servers/init/manifest.h"
#include "user/lib/loader.h"

/*
 * Frames that init keeps for itself when a server gets the rest: page tables, and slots for what it derives at a
 * restart. A restarted server's own frames are those that its predecessor gave back.
 */
#define INIT_RESERVE 256ul

/* The badge of a fault capability. A generation is never 0, so no such badge is one of a client's. */
#define INCARNATION_BADGE(index, generation) ((uint64_t)(generation) << 32 | (index))
#define INCARNATION_INDEX(badge)             ((badge)&0xffffffff)
#define INCARNATION_GENERATION(badge)        ((badge) >> 32)

struct incarnation {
    const struct bootinfo *boot;
    const struct archive_header *archive; /* checked */
    const struct server *server;
    unsigned index; /* of the server in the manifest */
    unsigned generation;
    uint64_t quota;            /* frames */
    uint64_t boot_time;        /* seconds since 1970 */
    struct program_code *code; /* out: where its code is */
};

/*
 * Starts it; *process becomes the caller's. ERROR_NOT_FOUND: the archive has no such program. Else as program_load();
 * on an error nothing is left and *process is 0.
 */
int incarnation_start(const struct incarnation *incarnation, handle_t *process);
