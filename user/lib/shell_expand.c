/*
 * Expansion works on one growing text in the notation of glob.h: whatever was quoted or came from a variable gets a
 * backslash before each special character.
 */
#include "user/lib/shell_expand.h"
#include "user/lib/glob.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
    char *text; /* made by malloc; 0 after a failure */
    size_t length, room;
    bool failed;
    bool quoted; /* quotes were seen: even an empty word counts */
};

static void add_byte(struct pattern *pattern, char c)
{
    if (pattern->length + 1 >= pattern->room) {
        size_t room = pattern->room ? 2 * pattern->room : 64;
        char *larger = realloc(pattern->text, room);
        if (!larger) {
            pattern->failed = true;
            return;
        }
        pattern->text = larger;
        pattern->room = room;
    }
    pattern->text[pattern->length++] = c;
    pattern->text[pattern->length] = 0;
}

static void add_literal(struct pattern *pattern, char c)
{
    if (strchr("*?[]\\", c))
        add_byte(pattern, '\\');
    add_byte(pattern, c);
}

/* The length of the variable name at `text`. */
static size_t name_length(const char *text)
{
    size_t length = 0;
    if (*text == '?')
        return 1;
    while (isalnum(text[length]) || text[length] == '_')
        length++;
    return isdigit(*text) ? 0 : length;
}

/* Expands the `$` at `word`; returns what follows. A `$` without a name stands for itself. */
static const char *add_variable(const struct expansion *expansion, struct pattern *pattern, const char *word)
{
    char name[64];
    bool braces = word[1] == '{';
    const char *start = word + 1 + braces;
    size_t length = name_length(start);
    if (length == 0 || length >= sizeof(name) || (braces && start[length] != '}')) {
        add_literal(pattern, '$');
        return word + 1;
    }
    memcpy(name, start, length);
    name[length] = 0;
    const char *value = expansion->lookup(expansion->context, name);
    for (; value && *value; value++)
        add_literal(pattern, *value);
    return start + length + braces;
}

/* The part between double quotes; `word` is after the first. Returns what follows the second. */
static const char *add_double_quoted(const struct expansion *expansion, struct pattern *pattern, const char *word)
{
    while (*word && *word != '"') {
        if (word[0] == '\\' && word[1] == '\n') {
            word += 2;
        } else if (*word == '$') {
            word = add_variable(expansion, pattern, word);
        } else {
            if (word[0] == '\\' && word[1] && strchr("\"\\$", word[1]))
                word++;
            add_literal(pattern, *word++);
        }
    }
    return word + (*word == '"');
}

static const char *add_single_quoted(struct pattern *pattern, const char *word)
{
    while (*word && *word != '\'')
        add_literal(pattern, *word++);
    return word + (*word == '\'');
}

/* The character after a backslash, which stands for itself; a newline disappears. Returns what follows. */
static const char *add_escaped(struct pattern *pattern, const char *word)
{
    if (*word && *word != '\n')
        add_literal(pattern, *word);
    return word + (*word != 0);
}

static struct pattern make_pattern(const struct expansion *expansion, const char *word)
{
    struct pattern pattern = {.text = calloc(1, 1), .room = 1};
    pattern.failed = !pattern.text;
    while (*word && !pattern.failed) {
        pattern.quoted |= *word == '\'' || *word == '"';
        if (*word == '\'')
            word = add_single_quoted(&pattern, word + 1);
        else if (*word == '"')
            word = add_double_quoted(expansion, &pattern, word + 1);
        else if (*word == '\\')
            word = add_escaped(&pattern, word + 1);
        else if (*word == '$')
            word = add_variable(expansion, &pattern, word);
        else
            add_byte(&pattern, *word++);
    }
    return pattern;
}

bool shell_expand(const struct expansion *expansion, const char *word, struct strings *arguments)
{
    struct pattern pattern = make_pattern(expansion, word);
    size_t before = arguments->count;
    bool done = !pattern.failed;
    if (done && glob_has_pattern(pattern.text))
        done = glob_expand(pattern.text, arguments);
    if (done && arguments->count == before && (pattern.length > 0 || pattern.quoted)) {
        glob_unescape(pattern.text);
        done = strings_add(arguments, pattern.text);
    }
    free(pattern.text);
    return done;
}

char *shell_expand_plain(const struct expansion *expansion, const char *word)
{
    struct pattern pattern = make_pattern(expansion, word);
    if (pattern.failed) {
        free(pattern.text);
        return 0;
    }
    glob_unescape(pattern.text);
    return pattern.text;
}
