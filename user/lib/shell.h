/*
 * A running shell: what its rooms share. shell_run.c executes scripts, shell_builtin.c has the commands that must run
 * inside the shell, shell_interrupt.c deals with Ctrl-C, shell_program.c starts programs, shell_variables.c keeps
 * variables. The text side is in shell_parse.h and shell_expand.h, the typing side in edit.h and complete.h.
 */
#pragma once
#include "user/lib/file.h"
#include "user/lib/process.h"
#include "user/lib/strings.h"

#define STATUS_CANNOT_RUN  126
#define STATUS_NOT_FOUND   127
#define STATUS_INTERRUPTED 130

struct shell {
    int status;               /* of the last command, 0..255 */
    bool leaving;             /* exit was asked for */
    bool interactive;         /* says the numbers of background programs */
    struct strings variables; /* "NAME=value" */
    struct child *background; /* programs not waited for yet */
    size_t background_count;
};

/* ---- shell_run.c ---- */

/* Runs a script, one or more lines. Returns the status, also in shell->status. */
int shell_run(struct shell *shell, const char *text);

/* ---- shell_program.c ---- */

/* Runs a program and waits for it; says so if it faulted. `streams`: its input, output and error. Exit status. */
int shell_program(char *const *arguments, const int streams[3]);

/* Starts a program without waiting; its input is at end of file. Exit status. */
int shell_background(struct shell *shell, char *const *arguments, const int streams[3]);

/* Waits for every background program. Returns the status of the last. */
int shell_wait_all(struct shell *shell);

/* ---- shell_builtin.c ---- */
typedef int shell_builtin(struct shell *shell, char *const *arguments);

/* The command that runs inside the shell under this name, 0 if there is none. */
shell_builtin *shell_builtin_find(const char *name);

/* The i-th name, 0 past the last. */
const char *shell_builtin_name(size_t i);

/* ---- shell_variables.c ---- */

/* Is `word` of the form NAME=...? */
bool shell_is_assignment(const char *word);

/* Sets a variable from "NAME=value". false if memory is exhausted. */
bool shell_assign(struct shell *shell, const char *assignment);

/* Its value, owned by the shell; 0 if it is not set. `context` is the shell; as variable_lookup. */
const char *shell_variable(void *context, const char *name);

/* ---- shell_interrupt.c ---- */

/* Ctrl-C on this terminal (the input) shall end the foreground program. Without a terminal nothing happens. */
void interrupt_start(void);

/* The terminal may have been another shell's meanwhile: asks for its Ctrl-C again, and forgets an old one. */
void interrupt_renew(void);

/* From now on Ctrl-C kills this child; 0: nobody. A Ctrl-C that came before is applied at once. */
void interrupt_foreground(handle_t child);

/* Was there a Ctrl-C since interrupt_renew()? */
bool interrupt_seen(void);
