/*
 * Programs that the shell starts.
 */
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/shell.h"
#include "user/lib/status.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Says why a program did not start. Returns the exit status for it. */
static int explain(const char *name, int status)
{
    bool is_path = strchr(name, '/');
    if (status == -ERROR_NOT_FOUND && !is_path)
        fprintf(stderr, "sh: %s: command not found\n", name);
    else
        complain(name, status);
    return status == -ERROR_NOT_FOUND ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
}

/* Finds and starts. OK, or the negative status. */
static int start(char *const *arguments, const int streams[3], struct child *child)
{
    char path[PATH_SIZE];
    int status = program_find(arguments[0], path);
    if (status != OK)
        return status;
    fflush(0); /* what the shell itself wrote comes first */
    const struct spawn request = {path, arguments, streams[0], streams[1], streams[2], .debug = true};
    return spawn(&request, child);
}

/* The exit status of an ended program; a violent end is worth a line, but not the one the user asked for. */
static int report(const char *name, const struct outcome *outcome)
{
    if (outcome->end == END_FAULTED)
        fprintf(stderr, "%s: fault %u (%s)\n", name, outcome->value, fault_text(outcome->value));
    else if (outcome->end == END_KILLED && !interrupt_seen())
        fprintf(stderr, "%s: killed\n", name);
    return outcome_status(outcome);
}

/* Waits for a child in the foreground and gives it up. Returns its exit status. */
static int wait_for(const char *name, const struct child *child)
{
    struct outcome outcome;
    interrupt_foreground(child->handle);
    int status = process_wait(child->handle, &outcome);
    interrupt_foreground(0);
    process_forget(child->handle);
    if (status != OK) {
        complain(name, status);
        return STATUS_CANNOT_RUN;
    }
    return report(name, &outcome);
}

int shell_program(char *const *arguments, const int streams[3])
{
    struct child child;
    int status = start(arguments, streams, &child);
    return status == OK ? wait_for(arguments[0], &child) : explain(arguments[0], status);
}

int shell_background(struct shell *shell, char *const *arguments, const int streams[3])
{
    const int own_streams[3] = {streams[0] ? streams[0] : -1, streams[1], streams[2]};
    struct child *larger = realloc(shell->background, (shell->background_count + 1) * sizeof(*larger));
    if (!larger)
        return explain(arguments[0], -E_QUOTA);
    shell->background = larger;
    struct child *child = &shell->background[shell->background_count];
    int status = start(arguments, own_streams, child);
    if (status != OK)
        return explain(arguments[0], status);
    shell->background_count++;
    if (shell->interactive)
        printf("[%u]\n", child->number);
    return 0;
}

int shell_wait_all(struct shell *shell)
{
    int status = 0;
    for (; shell->background_count > 0 && !interrupt_seen(); shell->background_count--) {
        char name[16];
        const struct child *child = &shell->background[shell->background_count - 1];
        snprintf(name, sizeof(name), "%u", child->number);
        status = wait_for(name, child);
    }
    return status;
}
