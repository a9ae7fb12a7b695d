/*
 * The shell's grammar: text becomes a list of commands.
 *
 *   script  = { command ( newline | ; | & | && | || ) }
 *   command = { word | redirection }          # comments run to the end of the line
 *   redirection = [0-2] ( < | > | >> ) word   or  [0-2] >& 0-2
 *
 * Words are kept as they were written, quotes and all: shell_expand() makes arguments of them when the command runs.
 */
#pragma once
#include "user/lib/strings.h"

enum redirection_kind { REDIRECT_FROM, REDIRECT_TO, REDIRECT_APPEND, REDIRECT_SAME };
struct redirection {
    int descriptor; /* 0, 1 or 2 */
    enum redirection_kind kind;
    char *word; /* the file, as written; of REDIRECT_SAME: "0", "1" or "2" */
};
#define REDIRECTIONS 8 /* of one command */

enum command_end { END_ALWAYS, END_AND, END_OR, END_BACKGROUND };
struct shell_command {
    struct strings words;
    struct redirection redirections[REDIRECTIONS];
    unsigned redirection_count;
    enum command_end end;     /* what follows the command */
    const char *start, *stop; /* where it stands in the text */
};

struct shell_script {
    struct shell_command *commands;
    size_t count;
};

enum parse_result {
    PARSE_OK,
    PARSE_UNFINISHED, /* a quote is open, or the text ends in && || or a backslash: more may follow */
    PARSE_WRONG,      /* *problem says what was not expected */
    PARSE_NO_MEMORY,
};

/* Parses the text, which the script points into. Free the script with shell_script_free(), whatever the result. */
enum parse_result shell_parse(const char *text, struct shell_script *script, const char **problem);
void shell_script_free(struct shell_script *script);
