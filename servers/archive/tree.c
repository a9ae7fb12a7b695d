#include "servers/archive/tree.h"
#include "servers/proto/error.h"
#include <string.h>

/* Does the entry lie below the folder whose path is the first `length` bytes of `path`? */
static bool lies_below(const struct archive_entry *entry, const char *path, uint64_t length)
{
    return length == 0 || (strncmp(entry->name, path, length) == 0 && entry->name[length] == '/');
}

/* Is this path the entry's whole name? Compared from the end: there the names of one folder differ. */
static bool is_called(const struct archive_entry *entry, const char *path, uint64_t length)
{
    if (length >= ARCHIVE_NAME || entry->name[length] != '\0')
        return false;
    while (length > 0 && entry->name[length - 1] == path[length - 1])
        length--;
    return length == 0;
}

/* The first entry with that folder, NULL if none. */
static const struct archive_entry *first_below(const struct archive_header *archive, const char *path, uint64_t length)
{
    for (uint64_t i = 0; i < archive->count; i++) {
        if (lies_below(&archive->entries[i], path, length))
            return &archive->entries[i];
    }
    return NULL;
}

static uint32_t number_of(const struct archive_header *archive, const struct archive_entry *entry, uint64_t length)
{
    return (uint32_t)((uint64_t)(entry - archive->entries + 1) << TREE_SHIFT | length);
}

static struct tree_node file(const struct archive_header *archive, const struct archive_entry *entry)
{
    return (struct tree_node){number_of(archive, entry, 0), entry, 0, false};
}

static struct tree_node root(const struct archive_header *archive)
{
    return (struct tree_node){TREE_ROOT, archive->count > 0 ? &archive->entries[0] : NULL, 0, true};
}

/* The node at a whole path without '.' and '..'; the path "" is the root. A file hides a folder of the same name. */
static bool find_plain(const struct archive_header *archive, const char *path, uint64_t length, struct tree_node *node)
{
    if (length == 0) {
        *node = root(archive);
        return true;
    }
    for (uint64_t i = 0; i < archive->count; i++) {
        const struct archive_entry *entry = &archive->entries[i];
        if (is_called(entry, path, length)) {
            *node = file(archive, entry);
            return true;
        }
    }
    const struct archive_entry *entry = first_below(archive, path, length);
    if (entry != NULL)
        *node = (struct tree_node){number_of(archive, entry, length), entry, length, true};
    return entry != NULL;
}

bool tree_node(const struct archive_header *archive, uint32_t number, struct tree_node *node)
{
    uint64_t index = (number >> TREE_SHIFT) - 1, length = number & ((1u << TREE_SHIFT) - 1);
    if (number == TREE_ROOT) {
        *node = root(archive);
        return true;
    }
    if (number >> TREE_SHIFT == 0 || index >= archive->count)
        return false;
    const struct archive_entry *entry = &archive->entries[index];
    if (length == 0) {
        *node = file(archive, entry);
        return true;
    }
    return length < strlen(entry->name) && find_plain(archive, entry->name, length, node) && node->number == number;
}

/* ---- paths ---- */

/* A path without '.' and '..', as far as it was followed. */
struct walk {
    char path[ARCHIVE_NAME];
    uint64_t length;
};

/* Goes up one folder, or stays at the root. */
static void leave(struct walk *walk)
{
    while (walk->length > 0 && walk->path[--walk->length] != '/')
        ;
}

static int enter(struct walk *walk, const char *name, uint64_t length)
{
    if (length >= ARCHIVE_NAME - walk->length - 1)
        return ERROR_NOT_FOUND; /* longer than any name in the archive */
    if (walk->length > 0)
        walk->path[walk->length++] = '/';
    memcpy(walk->path + walk->length, name, length);
    walk->length += length;
    return OK;
}

/* One component of a path, from a node that the walk has reached. */
static int step(const struct archive_header *archive, struct walk *walk, const char *name, uint64_t length,
                struct tree_node *node)
{
    int error = OK;
    if (!node->is_folder)
        return ERROR_NOT_DIRECTORY;
    if (length == 2 && memcmp(name, "..", 2) == 0)
        leave(walk);
    else if (length > 0 && !(length == 1 && name[0] == '.'))
        error = enter(walk, name, length);
    if (error == OK && !find_plain(archive, walk->path, walk->length, node))
        error = ERROR_NOT_FOUND;
    return error;
}

int tree_find(const struct archive_header *archive, uint32_t number, const char *path, uint64_t length,
              struct tree_node *node)
{
    struct walk walk = {.length = 0};
    if (!tree_node(archive, length > 0 && path[0] == '/' ? TREE_ROOT : number, node))
        return ERROR_NOT_FOUND;
    if (!node->is_folder)
        return ERROR_NOT_DIRECTORY;
    if (node->length > 0)
        memcpy(walk.path, node->entry->name, node->length);
    walk.length = node->length;
    for (uint64_t start = 0; start < length;) {
        const char *slash = memchr(path + start, '/', length - start);
        uint64_t end = slash != NULL ? (uint64_t)(slash - path) : length;
        int error = step(archive, &walk, path + start, end - start, node);
        if (error != OK)
            return error;
        start = end + 1;
        if (slash != NULL && !node->is_folder)
            return ERROR_NOT_DIRECTORY; /* a name before a slash is a folder, even at the end */
    }
    return OK;
}

/* ---- folders ---- */

/* The name that an entry contributes to a folder it lies below. */
static struct tree_name name_in(const struct tree_node *folder, const struct archive_entry *entry)
{
    struct tree_name name = {.text = entry->name + folder->length + (folder->length > 0)};
    const char *slash = strchr(name.text, '/');
    name.length = slash != NULL ? (uint64_t)(slash - name.text) : strlen(name.text);
    return name;
}

bool tree_next(const struct archive_header *archive, const struct tree_node *folder, uint64_t *cursor,
               struct tree_name *name)
{
    while (*cursor < archive->count) {
        const struct archive_entry *entry = &archive->entries[(*cursor)++];
        if (!lies_below(entry, folder->entry->name, folder->length))
            continue;
        *name = name_in(folder, entry);
        uint64_t length = (uint64_t)(name->text - entry->name) + name->length;
        /* each name is given once, for the first entry that has it */
        if (name->length > 0 && find_plain(archive, entry->name, length, &name->node) && name->node.entry == entry)
            return true;
    }
    return false;
}
