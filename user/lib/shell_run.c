/*
 * Running scripts: groups of commands joined by && and ||, one after the other.
 */
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/shell.h"
#include "user/lib/shell_expand.h"
#include "user/lib/shell_parse.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Output is always appended, as descriptor.c explains: `>` only empties the file first. */
static const unsigned open_flags[] = {
    [REDIRECT_FROM] = FS_READ,
    [REDIRECT_TO] = FS_WRITE | FS_CREATE | FS_TRUNCATE | OPEN_APPEND,
    [REDIRECT_APPEND] = FS_WRITE | FS_CREATE | OPEN_APPEND,
};

/* A new descriptor for one redirection; negative after complaining. */
static int open_redirection(const struct expansion *expansion, const struct redirection *r, const int streams[3])
{
    if (r->kind == REDIRECT_SAME)
        return dup(streams[*r->word - '0']);
    char *path = shell_expand_plain(expansion, r->word);
    int descriptor = path ? open(path, open_flags[r->kind], 0644) : -E_QUOTA;
    if (descriptor < 0)
        complain(path ? path : r->word, descriptor);
    free(path);
    return descriptor;
}

/* Runs a builtin with its streams in the place of 0, 1 and 2. */
static int run_builtin(struct shell *shell, shell_builtin *run, char *const *arguments, const int streams[3])
{
    fflush(stdout);
    for (int i = 0; i < 3; i++)
        if (streams[i] > 2)
            descriptor_swap(i, streams[i]);
    int status = run(shell, arguments);
    fflush(stdout);
    for (int i = 2; i >= 0; i--)
        if (streams[i] > 2)
            descriptor_swap(i, streams[i]);
    return status;
}

/* Runs expanded arguments with the streams given. Returns the exit status. */
static int run_arguments(struct shell *shell, char *const *arguments, const int streams[3], bool background)
{
    shell_builtin *builtin = shell_builtin_find(arguments[0]);
    if (builtin)
        return run_builtin(shell, builtin, arguments, streams);
    return background ? shell_background(shell, arguments, streams) : shell_program(arguments, streams);
}

/* Opens the redirections, runs, and closes. */
static int run_redirected(struct shell *shell, const struct shell_command *command, const struct strings *arguments)
{
    const struct expansion expansion = {shell_variable, shell};
    int streams[3] = {0, 1, 2}, opened[REDIRECTIONS], status = 0;
    unsigned count = 0;
    while (count < command->redirection_count && status == 0) {
        const struct redirection *r = &command->redirections[count];
        int descriptor = open_redirection(&expansion, r, streams);
        status = descriptor < 0;
        if (status == 0)
            streams[r->descriptor] = opened[count++] = descriptor;
    }
    if (status == 0 && arguments->count > 0)
        status = run_arguments(shell, arguments->items, streams, command->end == END_BACKGROUND);
    while (count > 0)
        close(opened[--count]);
    return status;
}

/* Carries out the assignments in front of a command. Returns how many words they are, or -1 without memory. */
static int assign_words(struct shell *shell, const struct strings *words)
{
    const struct expansion expansion = {shell_variable, shell};
    size_t i = 0;
    for (; i < words->count && shell_is_assignment(words->items[i]); i++) {
        char *assignment = shell_expand_plain(&expansion, words->items[i]);
        bool done = assignment && shell_assign(shell, assignment);
        free(assignment);
        if (!done)
            return -1;
    }
    return (int)i;
}

/* Expands and runs one command. Returns its exit status. */
static int run_command(struct shell *shell, const struct shell_command *command)
{
    const struct expansion expansion = {shell_variable, shell};
    struct strings arguments = {0};
    int assigned = assign_words(shell, &command->words);
    bool expanded = assigned >= 0;
    for (size_t i = (size_t)assigned; expanded && i < command->words.count; i++)
        expanded = shell_expand(&expansion, command->words.items[i], &arguments);
    int status = expanded ? run_redirected(shell, command, &arguments) : complain("command", -E_QUOTA);
    strings_free(&arguments);
    return interrupt_seen() ? STATUS_INTERRUPTED : status;
}

/* Runs a whole group in the background: another shell gets its text. */
static int run_group_background(struct shell *shell, const char *start, const char *stop)
{
    char *text = strndup(start, (size_t)(stop - start));
    if (!text)
        return complain("command", -E_QUOTA);
    char *const arguments[] = {"/system/bin/sh", "-c", text, 0};
    const int streams[3] = {0, 1, 2};
    int status = shell_background(shell, arguments, streams);
    free(text);
    return status;
}

/* Runs a group: each command unless the status before it says no. */
static void run_group(struct shell *shell, const struct shell_command *commands, size_t count)
{
    enum command_end before = END_ALWAYS;
    for (size_t i = 0; i < count && !shell->leaving && !interrupt_seen(); i++) {
        bool skip = (before == END_AND && shell->status != 0) || (before == END_OR && shell->status == 0);
        if (!skip)
            shell->status = run_command(shell, &commands[i]);
        before = commands[i].end;
    }
}

/* The number of commands from `commands` on that && and || join. */
static size_t group_length(const struct shell_command *commands, size_t left)
{
    size_t count = 1;
    while (count < left && (commands[count - 1].end == END_AND || commands[count - 1].end == END_OR))
        count++;
    return count;
}

int shell_run(struct shell *shell, const char *text)
{
    struct shell_script script;
    const char *problem;
    if (shell_parse(text, &script, &problem) != PARSE_OK) {
        fprintf(stderr, "sh: syntax error: %s\n", problem);
        shell->status = 2;
    } else {
        for (size_t i = 0, count; i < script.count && !shell->leaving && !interrupt_seen(); i += count) {
            const struct shell_command *first = &script.commands[i];
            count = group_length(first, script.count - i);
            if (count > 1 && first[count - 1].end == END_BACKGROUND)
                shell->status = run_group_background(shell, first->start, first[count - 1].stop);
            else
                run_group(shell, first, count);
        }
    }
    shell_script_free(&script);
    return shell->status;
}
