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

/* Does the absolute form of `inner` lie below (or at) that of `outer`? */
bool is_inside(const char *inner, const char *outer);
