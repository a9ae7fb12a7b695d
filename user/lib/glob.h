/*
 * Patterns for names: `*` any text, `?` one character, `[a-z]` one of these, `[!a-z]` none of these, `\` takes the next
 * character as it is. `/` is matched by itself alone, a leading `.` only by a `.`.
 */
#pragma once
#include "user/lib/strings.h"

/* Does the whole name (one component of a path) match? */
bool glob_match(const char *pattern, const char *name);

/* Does the pattern contain anything to match, outside `\`? */
bool glob_has_pattern(const char *pattern);

/* Takes away the `\` before each character, in place. */
void glob_unescape(char *pattern);

/* Adds all existing paths that match, sorted. false if memory is exhausted. */
bool glob_expand(const char *pattern, struct strings *paths);
