/*
 * Starting programs and waiting for them, on servers/proto/process.h.
 *
 * Typical: program_find("ls", path); spawn(&request, &child); process_wait(child.handle, &outcome);
 * process_forget(child.handle).
 */
#pragma once
#include "servers/proto/process.h"
#include "user/lib/path.h"
#include <stdbool.h>

struct spawn {
    const char *path;         /* made absolute as path.h says; no search */
    char *const *arguments;   /* the first is the program's own name; ends with 0 */
    int input, output, error; /* descriptors that the child gets copies of; -1: none */
    bool debug;               /* hands the debug capability on, if this program has it */
};

struct child {
    handle_t handle; /* the caller's: process_forget() */
    unsigned number;
};

/* How a process ended. */
struct outcome {
    enum process_end end;
    unsigned value; /* exit status, or vector of the fault */
};

/* Finds a program: a name with '/' is a path; others are looked for in /system/bin, then in /bin. OK or -status. */
int program_find(const char *name, char path[PATH_SIZE]);

/* Starts a program in the caller's working folder. OK or a negative status, among them -ERROR_NOT_PROGRAM. */
int spawn(const struct spawn *request, struct child *child);

/* Waits for the child's end. Needs the process capability only through `child`. OK or a negative status. */
int process_wait(handle_t child, struct outcome *outcome);

/* Ends a child by its capability, or any process by its number where this process may. OK or a negative status. */
int process_kill(handle_t child);
int process_kill_number(unsigned number);

/* Deletes the child's capability; the child itself goes on. */
void process_forget(handle_t child);

/* All processes, in a malloc'ed array: its length or a negative status. */
long process_list(struct process_record **records);

/* The exit status a shell reports: the status itself, 128 + 11 after a fault, 128 + 9 after a kill. */
int outcome_status(const struct outcome *outcome);
