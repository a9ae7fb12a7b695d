/*
 * The shell's variables. There is no environment: they stay in the shell.
 */
#include "user/lib/shell.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool shell_is_assignment(const char *word)
{
    const char *p = word;
    while (isalnum(*p) || *p == '_')
        p++;
    return *p == '=' && p > word && !isdigit(*word);
}

/* The place of the variable whose name is the first `length` bytes of `name`; 0 if it is not set. */
static char **find(struct shell *shell, const char *name, size_t length)
{
    for (size_t i = 0; i < shell->variables.count; i++) {
        char **place = &shell->variables.items[i];
        if (strncmp(*place, name, length) == 0 && (*place)[length] == '=')
            return place;
    }
    return 0;
}

bool shell_assign(struct shell *shell, const char *assignment)
{
    char **place = find(shell, assignment, strcspn(assignment, "="));
    if (!place)
        return strings_add(&shell->variables, assignment);
    char *copy = strdup(assignment);
    if (copy) {
        free(*place);
        *place = copy;
    }
    return copy != 0;
}

const char *shell_variable(void *context, const char *name)
{
    static char status[12];
    struct shell *shell = context;
    if (strcmp(name, "?") == 0) {
        snprintf(status, sizeof(status), "%d", shell->status);
        return status;
    }
    char **place = find(shell, name, strlen(name));
    return place ? *place + strlen(name) + 1 : 0;
}
