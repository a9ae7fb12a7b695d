/*
 * What Tab offers: names of commands for the first word of a command, paths for all others.
 */
#pragma once
#include "user/lib/edit.h"

/* As editor.complete; `context` is not used. */
void complete_word(void *context, const char *line, size_t cursor, struct completion *completion);
