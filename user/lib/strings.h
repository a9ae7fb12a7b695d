/*
 * Growing lists of texts, each made by malloc. An empty list is all zeros.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct strings {
    size_t count;
    char **items; /* `count` texts and a final 0; 0 while the list is empty */
};

/* Adds a copy of `text`; false if memory is exhausted. */
bool strings_add(struct strings *list, const char *text);

/* Sorts by bytes. */
void strings_sort(struct strings *list);

/* Frees all texts and the list itself, which is empty then. */
void strings_free(struct strings *list);
