/*
 * A whole folder at once, sorted.
 */
#include "user/lib/directory.h"
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct listed *)left)->name, ((const struct listed *)right)->name);
}

/* Adds an entry; the array doubles whenever the count is a power of two. */
static int add(struct listing *listing, const struct directory_entry *entry)
{
    size_t count = listing->count;
    if ((count & (count - 1)) == 0) {
        struct listed *larger = realloc(listing->entries, (count ? 2 * count : 1) * sizeof(*larger));
        if (!larger)
            return -E_QUOTA;
        listing->entries = larger;
    }
    struct listed *added = &listing->entries[listing->count];
    *added = (struct listed){strdup(entry->name), entry->kind};
    if (!added->name)
        return -E_QUOTA;
    listing->count++;
    return OK;
}

int directory_list(const char *path, struct listing *listing)
{
    struct directory *directory;
    struct directory_entry entry;
    *listing = (struct listing){0};
    int status = opendir(path, &directory);
    if (status != OK)
        return status;
    while ((status = readdir(directory, &entry)) == 1 && (status = add(listing, &entry)) == OK)
        ;
    closedir(directory);
    if (status != OK)
        listing_free(listing);
    else
        qsort(listing->entries, listing->count, sizeof(*listing->entries), compare_names);
    return status;
}

void listing_free(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->entries[i].name);
    free(listing->entries);
    *listing = (struct listing){0};
}
