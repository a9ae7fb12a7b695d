/*
 * Commands that run inside the shell: they change the shell itself, or belong to it.
 */
#include "user/lib/complain.h"
#include "user/lib/directory.h"
#include "user/lib/shell.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_cd(struct shell *shell, char *const *arguments)
{
    (void)shell;
    const char *folder = arguments[1] ? arguments[1] : "/";
    int status = chdir(folder);
    return status == OK ? 0 : complain(folder, status);
}

static int run_pwd(struct shell *shell, char *const *arguments)
{
    (void)shell, (void)arguments;
    puts(getcwd());
    return 0;
}

static int run_exit(struct shell *shell, char *const *arguments)
{
    shell->leaving = true;
    return arguments[1] ? atoi(arguments[1]) & 0xff : shell->status;
}

static int run_wait(struct shell *shell, char *const *arguments)
{
    (void)arguments;
    return shell_wait_all(shell);
}

/* Prints the names of all programs in a folder, in columns. */
static void list_programs(const char *folder)
{
    struct listing listing;
    directory_list(folder, &listing);
    for (size_t i = 0; i < listing.count; i++)
        printf("%-12s%s", listing.entries[i].name, i % 6 == 5 || i + 1 == listing.count ? "\n" : "");
    listing_free(&listing);
}

static int run_help(struct shell *shell, char *const *arguments)
{
    (void)shell, (void)arguments;
    puts("A command is a name and its arguments. Between commands: ; && || & and new lines.\n"
         "  < file   > file   >> file   2> file   2>&1      redirection\n"
         "  'text'   \"text $NAME\"   \\c                      quoting\n"
         "  NAME=value   $NAME   $?                         variables, last exit status\n"
         "  * ? [a-z]                                       patterns for file names\n"
         "  # to the end of the line                        comment\n"
         "Keys: arrows, Home, End, Tab completes, ^A ^E ^K ^U ^W ^L, ^C interrupts, ^D leaves.\n"
         "Inside the shell: cd, exit, help, pwd, wait. Programs (NAME --help explains each):");
    list_programs("/system/bin");
    puts("`poweroff` ends the machine.");
    return 0;
}

static const struct {
    const char *name;
    shell_builtin *run;
} builtins[] = {{"cd", run_cd}, {"exit", run_exit}, {"help", run_help}, {"pwd", run_pwd}, {"wait", run_wait}};
#define BUILTINS (sizeof(builtins) / sizeof(*builtins))

shell_builtin *shell_builtin_find(const char *name)
{
    for (size_t i = 0; i < BUILTINS; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return builtins[i].run;
    return 0;
}

const char *shell_builtin_name(size_t i)
{
    return i < BUILTINS ? builtins[i].name : 0;
}
