/*
 * A made-up world for the library's upper half: files in memory, and a record of what was written.
 */
#pragma once
#include "user/lib/file.h"

#define FAKE_FILE 4096 /* bytes of a file at most */

struct fake_file {
    const char *path; /* absolute; 0 ends the table */
    bool folder;
    size_t length;
    char bytes[FAKE_FILE];
};

/* The files that there are, for the test to fill: room for 31 and the end. */
extern struct fake_file fake_files[32];

/* Descriptors 0, 1 and 2 are these files. */
extern struct fake_file fake_input, fake_output, fake_error;

/* The next writes fail with this status (negative); 0: they work. */
extern int fake_write_failure;

/* Is descriptor 1 a terminal? */
extern bool fake_terminal;

/* How often write() was called. */
extern unsigned fake_writes;

/* Everything empty again. */
void fakes_reset(void);
