/*
 * A program's file, read through the file servers straight into the memory of the process that it becomes.
 *
 * What lies below /system comes from the boot archive, everything else from the disk. Each request has a deadline, so
 * that a disk which never answers costs one program and not this server; one that a restarted file server lost is
 * repeated.
 */
#pragma once
#include "user/lib/loader.h"

struct executable {
    handle_t file; /* ours; 0: not open */
};

/*
 * Opens `path` (relative to `folder` unless it starts with '/') and fills `file` for the loader; `executable` stays in
 * use by it until executable_close(). ERROR_IS_DIRECTORY, ERROR_NOT_PROGRAM (not a file at all), or what the file
 * server answered.
 */
int executable_open(struct executable *executable, const char *path, const char *folder, struct program_file *file);

/* Also after a failed open. */
void executable_close(struct executable *executable);
