/*
 * Making a process out of an ELF file: what init does for servers and the process server for programs.
 *
 * The new process gets exactly what `struct program` lists: its segments, one stack, the startup block
 * (servers/proto/startup.h) and the named capabilities. Everything is charged to the new process's own quota, so a
 * program that does not fit harms nobody. Nothing is shared with the loader afterwards.
 *
 * Context: one thread at a time (the window through which segments are filled is shared).
 */
#pragma once
#include "kernel/abi/rights.h"
#include <stdint.h>

/* The file: `read` copies exactly `length` bytes at `offset`, both inside `size`, or returns an error. */
struct program_file {
    int (*read)(void *context, uint64_t offset, void *buffer, uint64_t length);
    void *context;
    uint64_t size; /* bytes */
};

/* A capability for the new process, derived from one of the caller's. Left out if the caller's is 0 or gone. */
struct program_capability {
    char name[16];
    handle_t handle; /* the caller's */
    unsigned rights;
    uint64_t badge; /* 0: as the caller's; else a new badge, `handle` has RIGHT_MINT */
};

/* Where a program's code lies, for whoever wants to look at it or change it through the process's own capability. */
struct program_code {
    uint64_t address, pages;
    handle_t memory; /* in the new process's table */
    uint64_t first;  /* page of it that the code begins with */
};

struct program {
    struct program_file file;
    unsigned priority;         /* of the first thread */
    unsigned generation;       /* 1 for the first incarnation of a server */
    uint64_t boot_time;        /* seconds since 1970 */
    const char *strings;       /* zero-terminated, one after the other */
    uint64_t strings_size;     /* bytes, at most PROCESS_BLOCK */
    unsigned folder;           /* offset in `strings` of the working folder */
    unsigned arguments;        /* offset of the first argument */
    unsigned argument_count;   /* at most PROCESS_ARGUMENTS */
    unsigned capability_count; /* at most STARTUP_CAPABILITIES */
    const struct program_capability *capabilities;
    struct program_code *code; /* out, if not 0 */
};

/*
 * Makes the fresh process (RIGHT_CONTROL) run the program. On an error the process is to be deleted, and with it all
 * that was charged to it: ERROR_NOT_PROGRAM, ERROR_NO_MEMORY (quota or table is too small), ERROR_TOO_BIG (strings or
 * arguments), what file.read returned, or another kernel status.
 */
int program_load(const struct program *program, handle_t process);

/* A full quota, table or system is one thing to whoever starts a program: ERROR_NO_MEMORY. Others as they are. */
int program_error(int status);
