/*
 * Copying the contents of files.
 */
#pragma once
#include "user/lib/path.h"
#include <stdbool.h>

/* Copies all bytes of descriptor `from` to `to`. OK or a negative status; *writing tells which side failed. */
int copy_bytes(int from, int to, bool *writing);

/*
 * Makes `target` a copy of the file `source`, with its permissions; an existing file is overwritten. Complains itself;
 * returns an exit status.
 */
int copy_file(const char *source, const char *target);

/*
 * Where `cp SOURCE TARGET` and its like put the result: in the folder `target` under the source's own name, or at
 * `target` itself. OK or a negative status.
 */
int copy_target(const char *source, const char *target, char result[PATH_SIZE]);

/* Does the absolute form of `inner` lie below (or at) that of `outer`? */
bool is_inside(const char *inner, const char *outer);
