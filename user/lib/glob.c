/*
 * Matching names, and finding the paths that match.
 */
#include "user/lib/glob.h"
#include "user/lib/directory.h"
#include "user/lib/path.h"
#include <string.h>

/* Matches `[...]` at *pattern against c and moves past it. An unclosed `[` stands for itself. */
static bool match_set(const char **pattern, unsigned char c)
{
    const char *p = *pattern + 1;
    bool negative = *p == '!' || *p == '^', found = false;
    p += negative;
    const char *first = p;
    for (; *p && (*p != ']' || p == first); p++) {
        unsigned char low = (unsigned char)*p, high = low;
        if (p[1] == '-' && p[2] && p[2] != ']') {
            high = (unsigned char)p[2];
            p += 2;
        }
        found |= low <= c && c <= high;
    }
    if (!*p) {
        ++*pattern;
        return c == '[';
    }
    *pattern = p + 1;
    return found != negative;
}

/* Matches one pattern element (not `*`) against c and moves past it. */
static bool match_one(const char **pattern, char c)
{
    if (**pattern == '[')
        return match_set(pattern, (unsigned char)c);
    if (**pattern == '?') {
        ++*pattern;
        return true;
    }
    if (**pattern == '\\' && (*pattern)[1])
        ++*pattern;
    return *(*pattern)++ == c;
}

/* The last `*` is remembered: when the rest does not match, it takes one character more. */
static bool match_rest(const char *pattern, const char *name)
{
    const char *star = 0, *star_name = 0;
    while (*name) {
        const char *next = pattern;
        if (*pattern == '*') {
            star = ++pattern;
            star_name = name;
        } else if (*pattern && match_one(&next, *name)) {
            pattern = next;
            name++;
        } else if (star) {
            pattern = star;
            name = ++star_name;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

bool glob_match(const char *pattern, const char *name)
{
    if (name[0] == '.' && pattern[0] != '.' && !(pattern[0] == '\\' && pattern[1] == '.'))
        return false;
    return match_rest(pattern, name);
}

bool glob_has_pattern(const char *pattern)
{
    for (; *pattern; pattern++) {
        if (*pattern == '\\' && pattern[1])
            pattern++;
        else if (strchr("*?[", *pattern))
            return true;
    }
    return false;
}

void glob_unescape(char *pattern)
{
    char *to = pattern;
    for (; *pattern; pattern++) {
        if (*pattern == '\\' && pattern[1])
            pattern++;
        *to++ = *pattern;
    }
    *to = 0;
}

#define DEEPEST 200 /* components of a pattern: what the stack has room for */

/* One search: `path` grows by a component a level. */
struct search {
    struct strings *paths;
    bool failed; /* memory is exhausted */
    unsigned depth;
    struct file_status status;
    char path[PATH_SIZE];
    char component[FS_NAME + 1];
};

static void search_component(struct search *search, const char *pattern);

/* Adds `name` and the slashes after it to the path and goes on with what follows in the pattern. */
static void descend(struct search *search, const char *name, const char *rest)
{
    size_t length = strlen(search->path), slashes = 0;
    while (rest[slashes] == '/')
        slashes++;
    if (length + strlen(name) + slashes >= sizeof(search->path) || search->depth == DEEPEST)
        return;
    strcat(search->path, name);
    size_t end = strlen(search->path);
    memcpy(search->path + end, rest, slashes);
    search->path[end + slashes] = 0;
    search->depth++;
    search_component(search, rest + slashes);
    search->depth--;
    search->path[length] = 0;
}

/* Tries every entry of the folder reached so far against the first component of `pattern`, `size` bytes. */
static void search_folder(struct search *search, const char *pattern, size_t size)
{
    struct listing listing;
    directory_list(search->path[0] ? search->path : ".", &listing);
    for (size_t i = 0; i < listing.count; i++) {
        memcpy(search->component, pattern, size); /* again each time: deeper levels use it too */
        search->component[size] = 0;
        if (glob_match(search->component, listing.entries[i].name))
            descend(search, listing.entries[i].name, pattern + size);
    }
    listing_free(&listing);
}

static void search_component(struct search *search, const char *pattern)
{
    const char *slash = strchr(pattern, '/');
    size_t size = slash ? (size_t)(slash - pattern) : strlen(pattern);
    if (!*pattern) {
        if (lstat(search->path, &search->status) == OK)
            search->failed |= !strings_add(search->paths, search->path);
        return;
    }
    if (size > FS_NAME)
        return;
    memcpy(search->component, pattern, size);
    search->component[size] = 0;
    if (size > 0 && glob_has_pattern(search->component)) {
        search_folder(search, pattern, size);
        return;
    }
    glob_unescape(search->component);
    descend(search, search->component, pattern + size);
}

bool glob_expand(const char *pattern, struct strings *paths)
{
    struct search search = {.paths = paths};
    search_component(&search, pattern);
    return !search.failed;
}
