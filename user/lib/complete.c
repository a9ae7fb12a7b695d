/*
 * Completion. A word with quotes in it is left alone.
 */
#include "user/lib/complete.h"
#include "user/lib/directory.h"
#include "user/lib/path.h"
#include "user/lib/shell.h"
#include <string.h>

#define SPECIAL " \t'\"\\$&|;<>*?[]#"

/* Where the word that ends at the cursor begins; `\` protects the character after it. */
static size_t word_start(const char *line, size_t cursor)
{
    size_t start = cursor;
    while (start > 0 && (!strchr(" \t;&|<>", line[start - 1]) || (start > 1 && line[start - 2] == '\\')))
        start--;
    return start;
}

/* Does a command begin at this place? */
static bool is_command_place(const char *line, size_t start)
{
    while (start > 0 && line[start - 1] == ' ')
        start--;
    return start == 0 || strchr(";&|", line[start - 1]);
}

/* The typed word without its backslashes. false if it is too long or has quotes. */
static bool plain_word(const char *typed, size_t length, char word[PATH_SIZE])
{
    size_t size = 0;
    for (size_t i = 0; i < length; i++) {
        if (typed[i] == '\'' || typed[i] == '"' || size == FS_PATH)
            return false;
        if (typed[i] == '\\' && i + 1 < length)
            i++;
        word[size++] = typed[i];
    }
    word[size] = 0;
    return true;
}

/* Adds folder + name + end, special characters protected. */
static void add_candidate(struct strings *candidates, const char *folder, const char *name, const char *end)
{
    char typed[2 * PATH_SIZE + 2];
    size_t size = 0;
    const char *const parts[] = {folder, name};
    for (unsigned i = 0; i < 2; i++)
        for (const char *p = parts[i]; *p && size + 4 < sizeof(typed); p++) {
            if (strchr(SPECIAL, *p))
                typed[size++] = '\\';
            typed[size++] = *p;
        }
    strcpy(typed + size, end);
    strings_add(candidates, typed);
}

/* The entries of `folder` (as typed: "" is the working folder) whose names start with `start`. */
static void add_entries(struct strings *candidates, const char *folder, const char *start)
{
    struct listing listing;
    directory_list(*folder ? folder : ".", &listing);
    for (size_t i = 0; i < listing.count; i++) {
        const struct listed *entry = &listing.entries[i];
        bool wanted = strncmp(entry->name, start, strlen(start)) == 0 && (*start || entry->name[0] != '.');
        if (wanted)
            add_candidate(candidates, folder, entry->name, entry->kind == KIND_DIRECTORY ? "/" : "");
    }
    listing_free(&listing);
}

/* Builtins and programs whose names start with `start`. */
static void add_commands(struct strings *candidates, const char *start)
{
    struct listing listing;
    const char *name;
    for (size_t i = 0; (name = shell_builtin_name(i)) != 0; i++)
        if (strncmp(name, start, strlen(start)) == 0)
            strings_add(candidates, name);
    directory_list("/system/bin", &listing);
    for (size_t i = 0; i < listing.count; i++)
        if (strncmp(listing.entries[i].name, start, strlen(start)) == 0)
            add_candidate(candidates, "", listing.entries[i].name, "");
    listing_free(&listing);
}

void complete_word(void *context, const char *line, size_t cursor, struct completion *completion)
{
    (void)context;
    char word[PATH_SIZE], folder[PATH_SIZE];
    completion->start = word_start(line, cursor);
    if (!plain_word(line + completion->start, cursor - completion->start, word))
        return;
    char *slash = strrchr(word, '/');
    if (!slash && is_command_place(line, completion->start)) {
        add_commands(&completion->candidates, word);
    } else {
        size_t length = slash ? (size_t)(slash + 1 - word) : 0;
        memcpy(folder, word, length);
        folder[length] = 0;
        add_entries(&completion->candidates, folder, word + length);
    }
    strings_sort(&completion->candidates);
}
