/*
 * What can be done with names: one function an operation of servers/proto/fs.h. `start` is the inode of the directory
 * that relative paths begin at. Each operation checks everything first and then changes; whatever it changed is kept or
 * undone by filesystem_end(), which the caller calls behind it.
 *
 * Errors of all, besides those listed: those of path_find; ERROR_IO, ERROR_DAMAGED; of all that change something
 * ERROR_READ_ONLY.
 */
#pragma once
#include "path.h"

/*
 * Finds or creates a file; `flags`: enum fs_open_flags, `mode`: permissions of a new file. The inode is pinned on OK.
 * ERROR_NOT_FOUND, ERROR_EXISTS (EXCLUSIVE), ERROR_IS_DIRECTORY (to be written, without FS_DIRECTORY),
 * ERROR_NOT_DIRECTORY, ERROR_LOOP (a link, not followed), ERROR_NOT_SUPPORTED (devices, pipes), ERROR_NO_SPACE
 */
int namespace_open(uint32_t start, struct name path, unsigned flags, unsigned mode, struct inode *inode);

/* Finds a file of any kind. The inode is pinned on OK. ERROR_NOT_FOUND */
int namespace_find(uint32_t start, struct name path, bool follow, struct inode *inode);

/* ERROR_EXISTS, ERROR_NOT_FOUND (a parent), ERROR_LINKS, ERROR_NO_SPACE */
int namespace_make_directory(uint32_t start, struct name path, unsigned mode);

/* The same errors, and ERROR_NAME_TOO_LONG: targets are shorter than a block. */
int namespace_symbolic_link(uint32_t start, struct name target, struct name path);

/* A second name for a file, not for a directory (ERROR_IS_DIRECTORY). ERROR_EXISTS, ERROR_LINKS, ERROR_NO_SPACE */
int namespace_link(uint32_t start, struct name old, struct name path);

/* Copies a link's target, up to `size` bytes. ERROR_MALFORMED: not a link. ERROR_NAME_TOO_LONG: larger than `size` */
int namespace_read_link(uint32_t start, struct name path, char *target, size_t size, uint64_t *length);

/* Takes a name away; the file goes with its last. ERROR_NOT_FOUND, ERROR_IS_DIRECTORY */
int namespace_unlink(uint32_t start, struct name path);

/* ERROR_NOT_EMPTY, ERROR_NOT_DIRECTORY, ERROR_MALFORMED (".", "..", the root) */
int namespace_remove_directory(uint32_t start, struct name path);

/*
 * Gives a file or directory another name, in place of what had it: a file by a file, an empty directory by a directory.
 * ERROR_NOT_FOUND, ERROR_IS_DIRECTORY, ERROR_NOT_DIRECTORY, ERROR_NOT_EMPTY, ERROR_LOOP (a directory into itself, or
 * deeper than RENAME_DEPTH), ERROR_LINKS, ERROR_NO_SPACE, ERROR_MALFORMED (".", "..", the root)
 */
#define RENAME_DEPTH 4096
int namespace_rename(uint32_t start, struct name old, struct name path);

/* Sets the modification time. */
int namespace_set_time(uint32_t start, struct name path, uint32_t seconds);

/* For remove.c and rename.c: one name less for a file whose record was taken away; the last one frees it. */
int namespace_drop(struct inode *inode);
