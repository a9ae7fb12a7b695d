/*
 * The boot archive as a tree of folders. The archive lists only files ("bin/ls"); a folder exists because a name runs
 * through it.
 *
 * A node is known by its number, which follows from the archive alone, so the server remembers nothing:
 *     (index of an entry + 1) << TREE_SHIFT | length of a folder's path, 0 for the file itself
 * A folder is named after the first entry that runs through it; the root is 1. Pure: also built on the host for tests.
 */
#pragma once
#include "user/lib/boot_archive.h"

#define TREE_ROOT  1u
#define TREE_SHIFT 6 /* the longest folder's path is shorter than ARCHIVE_NAME */

struct tree_node {
    uint32_t number;
    const struct archive_entry *entry; /* the file, or the first file below the folder; NULL for an empty root */
    uint64_t length;                   /* of the folder's path, a prefix of the entry's name */
    bool is_folder;
};

/* The node with this number; false if the archive has none. `archive` has been checked, here and below. */
bool tree_node(const struct archive_header *archive, uint32_t number, struct tree_node *node);

/*
 * Follows `path`, `length` bytes relative to folder `number`; a leading '/' means the root, `.` and `..` are
 * understood, and above the root is the root. OK, ERROR_NOT_FOUND, ERROR_NOT_DIRECTORY.
 */
int tree_find(const struct archive_header *archive, uint32_t number, const char *path, uint64_t length,
              struct tree_node *node);

/* One name in a folder. */
struct tree_name {
    const char *text; /* not zero-terminated */
    uint64_t length;  /* bytes */
    struct tree_node node;
};

/* The first name in a folder at or behind *cursor (0: the first of all), which moves behind it. False at the end. */
bool tree_next(const struct archive_header *archive, const struct tree_node *folder, uint64_t *cursor,
               struct tree_name *name);
