/*
 * Growing lists of texts.
 */
#include "user/lib/strings.h"
#include <stdlib.h>
#include <string.h>

/* Room for one more text and the final 0: the array doubles whenever it is full. */
static bool grow(struct strings *list)
{
    size_t used = list->count + 1;
    if (list->items && (used & (used - 1)) != 0)
        return true;
    char **larger = realloc(list->items, 2 * used * sizeof(*larger));
    if (larger)
        list->items = larger;
    return larger != 0;
}

bool strings_add(struct strings *list, const char *text)
{
    char *copy = strdup(text);
    if (!copy || !grow(list)) {
        free(copy);
        return false;
    }
    list->items[list->count++] = copy;
    list->items[list->count] = 0;
    return true;
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void strings_sort(struct strings *list)
{
    qsort(list->items, list->count, sizeof(*list->items), compare_texts);
}

void strings_free(struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strings){0};
}
