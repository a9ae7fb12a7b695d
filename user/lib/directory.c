/*
 * Reading a folder entry by entry.
 */
#include "user/lib/directory.h"
#include "servers/proto/error.h"
#include "user/lib/path.h"
#include "user/lib/request.h"
#include <stdlib.h>
#include <string.h>

struct directory {
    int descriptor;          /* negative: "/" without a mounted disk, which has nothing but "system" */
    bool is_root;            /* "/": has "system" besides what the disk has */
    bool ended;              /* "system" was given out too */
    uint64_t cursor;         /* the server's, where the next records start */
    size_t filled, consumed; /* bytes in the buffer */
    _Alignas(8) char buffer[4000];
};

int opendir(const char *path, struct directory **directory)
{
    char absolute[PATH_SIZE];
    int status = path_absolute(path, absolute);
    if (status != OK)
        return status;
    struct directory *d = malloc(sizeof(*d));
    if (!d)
        return -E_QUOTA;
    *d = (struct directory){.descriptor = open(absolute, FS_READ | FS_DIRECTORY, 0)};
    d->is_root = strcmp(absolute, "/") == 0;
    if (d->descriptor < 0 && !(d->is_root && nothing_is_mounted(-d->descriptor))) {
        status = d->descriptor;
        free(d);
        return status;
    }
    *directory = d;
    return OK;
}

void closedir(struct directory *directory)
{
    close(directory->descriptor);
    free(directory);
}

/* Gets the next records. 1, 0 at the end, or a negative status. */
static int refill(struct directory *d)
{
    if (d->descriptor < 0)
        return 0;
    struct message m = message(FS_READ_DIRECTORY);
    m.words[0] = d->cursor;
    m.words[1] = sizeof(d->buffer);
    m.word_count = 2;
    message_lend(&m, d->buffer, sizeof(d->buffer), LEASE_WRITE);
    int status = request_repeat(descriptor_handle(d->descriptor), &m);
    if (status != OK)
        return -status;
    if (m.words[0] > sizeof(d->buffer))
        return -ERROR_MALFORMED;
    d->filled = m.words[0];
    d->consumed = 0;
    d->cursor = m.words[1];
    return d->filled > 0;
}

/* The record at the front of the buffer, checked; 0 if it makes no sense. */
static const struct fs_directory_entry *next_record(struct directory *d)
{
    const struct fs_directory_entry *record = (const void *)(d->buffer + d->consumed);
    size_t left = d->filled - d->consumed;
    if (left < sizeof(*record) || record->length % 8 != 0 || record->length > left ||
        record->length < sizeof(*record) + record->name_length)
        return 0;
    d->consumed += record->length;
    return record;
}

/* The server has no more: for "/" the boot archive is still to come. */
static int end_of(struct directory *d, struct directory_entry *entry)
{
    if (!d->is_root || d->ended)
        return 0;
    d->ended = true;
    *entry = (struct directory_entry){0, KIND_DIRECTORY, "system"};
    return 1;
}

/* Not for the reader: the folder itself, its parent, and a name on the disk that the boot archive hides. */
static bool is_hidden(const struct directory *d, const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || (d->is_root && strcmp(name, "system") == 0);
}

int readdir(struct directory *directory, struct directory_entry *entry)
{
    for (;;) {
        int status = directory->consumed < directory->filled ? 1 : refill(directory);
        if (status < 0)
            return status;
        if (status == 0)
            return end_of(directory, entry);
        const struct fs_directory_entry *record = next_record(directory);
        if (!record)
            return -ERROR_MALFORMED;
        entry->inode = record->inode;
        entry->kind = record->kind;
        memcpy(entry->name, record->name, record->name_length);
        entry->name[record->name_length] = 0;
        if (!is_hidden(directory, entry->name))
            return 1;
    }
}
