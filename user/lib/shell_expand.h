/*
 * From words as written to arguments: quotes, $NAME, ${NAME}, $?, and patterns.
 *
 * The value of a variable is taken as it is: it is neither split into words nor searched for patterns. A pattern that
 * matches nothing stays as it was written. A word of nothing but empty variables, without quotes, disappears.
 */
#pragma once
#include "user/lib/strings.h"

/* The value of a variable by name ("?" too); 0 if it is not set. The text belongs to the callee. */
typedef const char *variable_lookup(void *context, const char *name);

struct expansion {
    variable_lookup *lookup;
    void *context;
};

/* Adds what a word stands for to the arguments: none, one, or the matching paths. false: memory is exhausted. */
bool shell_expand(const struct expansion *expansion, const char *word, struct strings *arguments);

/* What a word stands for, patterns left alone; made by malloc, 0 if memory is exhausted. */
char *shell_expand_plain(const struct expansion *expansion, const char *word);
