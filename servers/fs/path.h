/*
 * From a path to an inode, component by component, through symbolic links.
 */
#pragma once
#include "directory.h"
#include "servers/proto/fs.h"

#define PATH_LINKS 40 /* symbolic links that one path may lead through */

/* Where a path leads. */
struct lookup {
    uint32_t inode;       /* 0: there is no such name in `parent`, but all before it exists */
    uint32_t parent;      /* the directory of the last component */
    unsigned name_length; /* of the last component; 0 if that is ".", ".." or nothing, so that it cannot be changed */
    char name[FS_NAME];
    bool wants_directory; /* the path ended with a slash */
};

/*
 * Follows `path` from the directory `start` (or the root, if it begins with a slash). `follow`: also a symbolic link
 * at its end. If the last name is missing that is no error: see struct lookup.
 * ERROR_NOT_FOUND, ERROR_NOT_DIRECTORY, ERROR_NAME_TOO_LONG, ERROR_LOOP, ERROR_MALFORMED (a zero in the path),
 * ERROR_DAMAGED, ERROR_IO
 */
int path_find(uint32_t start, struct name path, bool follow, struct lookup *lookup);

/* The last component, as a name for directory_*. */
struct name lookup_name(const struct lookup *lookup);
