/*
 * Sorting by a heap: in place, no recursion, and no input that makes it slow.
 */
#include <stdlib.h>

struct array {
    char *items;
    size_t size; /* of one item */
    int (*compare)(const void *, const void *);
};

static void swap_items(const struct array *array, size_t i, size_t j)
{
    char *left = array->items + i * array->size, *right = array->items + j * array->size;
    for (size_t k = 0; k < array->size; k++) {
        char byte = left[k];
        left[k] = right[k];
        right[k] = byte;
    }
}

static int compare_items(const struct array *array, size_t i, size_t j)
{
    return array->compare(array->items + i * array->size, array->items + j * array->size);
}

/* Lets item `i` sink until neither child is larger; the heap has `count` items. */
static void sink(const struct array *array, size_t i, size_t count)
{
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && compare_items(array, child, child + 1) < 0)
            child++;
        if (compare_items(array, i, child) >= 0)
            return;
        swap_items(array, i, child);
    }
}

void qsort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    struct array array = {items, size, compare};
    for (size_t i = count / 2; i > 0; i--)
        sink(&array, i - 1, count);
    for (size_t left = count; left > 1; left--) {
        swap_items(&array, 0, left - 1);
        sink(&array, 0, left - 1);
    }
}
