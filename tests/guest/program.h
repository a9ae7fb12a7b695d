/*
 * Running a program and waiting for it.
 */
#pragma once
#include "user/lib/process.h"

/* The exit status of a program with these arguments, or a negative status. */
static int run(char *const arguments[], bool debug)
{
    char path[PATH_SIZE];
    struct child child;
    struct outcome outcome;
    int status = program_find(arguments[0], path);
    if (status != OK)
        return status;
    struct spawn request = {path, arguments, .input = -1, .output = -1, .error = -1, .debug = debug};
    status = spawn(&request, &child);
    if (status == OK)
        status = process_wait(child.handle, &outcome);
    if (status != OK)
        return status;
    process_forget(child.handle);
    return outcome_status(&outcome);
}
