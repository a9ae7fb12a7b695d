/*
 * The shell's grammar, by hand: one function a rule.
 */
#include "user/lib/shell_parse.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const char *next; /* the text still to be read */
    enum parse_result result;
    const char *problem;
};

static void fail(struct parser *parser, enum parse_result result, const char *problem)
{
    if (parser->result == PARSE_OK) {
        parser->result = result;
        parser->problem = problem;
    }
}

/* Spaces, comments, and newlines joined by a backslash. */
static void skip_blanks(struct parser *parser)
{
    for (;;) {
        if (*parser->next == ' ' || *parser->next == '\t' || *parser->next == '\r')
            parser->next++;
        else if (parser->next[0] == '\\' && parser->next[1] == '\n')
            parser->next += 2;
        else if (*parser->next == '#')
            parser->next += strcspn(parser->next, "\n");
        else
            return;
    }
}

/* Moves past a quoted part that starts here. */
static void skip_quoted(struct parser *parser)
{
    char quote = *parser->next++;
    while (*parser->next && *parser->next != quote) {
        if (quote == '"' && parser->next[0] == '\\' && parser->next[1])
            parser->next++;
        parser->next++;
    }
    if (*parser->next)
        parser->next++;
    else
        fail(parser, PARSE_UNFINISHED, "end of text inside quotes");
}

/* Reads one word and adds it to the list; nothing if there is none here. */
static void parse_word(struct parser *parser, struct strings *words)
{
    const char *start = parser->next;
    while (*parser->next && !strchr(" \t\r\n;&|<>", *parser->next)) {
        if (*parser->next == '\'' || *parser->next == '"') {
            skip_quoted(parser);
        } else if (*parser->next == '\\') {
            if (!parser->next[1] || (parser->next[1] == '\n' && !parser->next[2]))
                fail(parser, PARSE_UNFINISHED, "end of text after a backslash");
            parser->next += parser->next[1] ? 2 : 1;
        } else {
            parser->next++;
        }
    }
    char *word = strndup(start, (size_t)(parser->next - start));
    if (!word || (*word && !strings_add(words, word)))
        fail(parser, PARSE_NO_MEMORY, "not enough memory");
    free(word);
}

/* Is there a redirection here, perhaps with a digit in front? */
static bool at_redirection(const struct parser *parser)
{
    const char *p = parser->next;
    if (*p >= '0' && *p <= '2')
        p++;
    return *p == '<' || *p == '>';
}

/* What comes after '>': '>', '&' or nothing. */
static enum redirection_kind parse_output_kind(struct parser *parser)
{
    if (*parser->next == '>') {
        parser->next++;
        return REDIRECT_APPEND;
    }
    if (*parser->next == '&') {
        parser->next++;
        return REDIRECT_SAME;
    }
    return REDIRECT_TO;
}

static void parse_redirection(struct parser *parser, struct shell_command *command)
{
    struct redirection r = {.descriptor = *parser->next == '<' ? 0 : 1};
    struct strings words = {0};
    if (isdigit(*parser->next))
        r.descriptor = *parser->next++ - '0';
    r.kind = *parser->next++ == '<' ? REDIRECT_FROM : parse_output_kind(parser);
    skip_blanks(parser);
    parse_word(parser, &words);
    r.word = words.count ? strdup(words.items[0]) : 0;
    strings_free(&words);
    if (!r.word)
        fail(parser, PARSE_WRONG, "redirection without a file");
    else if (r.kind == REDIRECT_SAME && (strlen(r.word) != 1 || *r.word < '0' || *r.word > '2'))
        fail(parser, PARSE_WRONG, "only 0, 1 and 2 may follow >&");
    if (command->redirection_count == REDIRECTIONS)
        fail(parser, PARSE_WRONG, "too many redirections");
    if (parser->result == PARSE_OK)
        command->redirections[command->redirection_count++] = r;
    else
        free(r.word);
}

/* The operator after a command. A command must stand before every one but a newline. */
static void parse_end(struct parser *parser, struct shell_command *command)
{
    bool empty = command->words.count == 0 && command->redirection_count == 0;
    char c = *parser->next;
    command->stop = parser->next;
    if (empty && c && c != '\n')
        fail(parser, PARSE_WRONG, c == '&' ? "unexpected &" : c == '|' ? "unexpected |" : "unexpected ;");
    if (!c)
        return;
    bool twice = parser->next[1] == c && c != ';' && c != '\n';
    parser->next += twice ? 2 : 1;
    if (c == '|' && !twice)
        fail(parser, PARSE_WRONG, "| : this shell has no pipes");
    command->end = twice ? (c == '&' ? END_AND : END_OR) : c == '&' ? END_BACKGROUND : END_ALWAYS;
}

/* Reads one command with what ends it; one without words and redirections was an empty line. */
static void parse_command(struct parser *parser, struct shell_command *command)
{
    skip_blanks(parser);
    command->start = parser->next;
    while (parser->result == PARSE_OK && *parser->next && !strchr("\n;&|", *parser->next)) {
        if (at_redirection(parser))
            parse_redirection(parser, command);
        else
            parse_word(parser, &command->words);
        skip_blanks(parser);
    }
    if (parser->result == PARSE_OK)
        parse_end(parser, command);
}

/* Adds a zeroed command to the script; 0 if memory is exhausted. The array doubles when it is full. */
static struct shell_command *add_command(struct shell_script *script)
{
    size_t count = script->count;
    if ((count & (count - 1)) == 0) {
        struct shell_command *larger = realloc(script->commands, (count ? 2 * count : 1) * sizeof(*larger));
        if (!larger)
            return 0;
        script->commands = larger;
    }
    script->commands[count] = (struct shell_command){0};
    return &script->commands[script->count++];
}

/* After && and || the next command may stand on a later line. */
static bool must_go_on(const struct shell_script *script)
{
    enum command_end end = script->count ? script->commands[script->count - 1].end : END_ALWAYS;
    return end == END_AND || end == END_OR;
}

enum parse_result shell_parse(const char *text, struct shell_script *script, const char **problem)
{
    struct parser parser = {.next = text};
    *script = (struct shell_script){0};
    while (parser.result == PARSE_OK) {
        skip_blanks(&parser);
        while (*parser.next == '\n') {
            parser.next++;
            skip_blanks(&parser);
        }
        if (!*parser.next)
            break;
        struct shell_command *command = add_command(script);
        if (command)
            parse_command(&parser, command);
        else
            fail(&parser, PARSE_NO_MEMORY, "not enough memory");
    }
    if (must_go_on(script))
        fail(&parser, PARSE_UNFINISHED, "end of text after && or ||");
    *problem = parser.problem;
    return parser.result;
}

void shell_script_free(struct shell_script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        struct shell_command *command = &script->commands[i];
        for (unsigned j = 0; j < command->redirection_count; j++)
            free(command->redirections[j].word);
        strings_free(&command->words);
    }
    free(script->commands);
    *script = (struct shell_script){0};
}
