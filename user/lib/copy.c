/*
 * Copying the contents of files.
 */
#include "user/lib/copy.h"
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/path.h"
#include "user/lib/startup.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY_BUFFER 65536

int copy_bytes(int from, int to, bool *writing)
{
    char *buffer = malloc(COPY_BUFFER);
    *writing = false;
    if (!buffer)
        return -E_QUOTA;
    long count;
    while (!*writing && (count = read(from, buffer, COPY_BUFFER)) > 0) {
        long written = write(to, buffer, (size_t)count);
        if (written < 0) {
            *writing = true;
            count = written;
        }
    }
    free(buffer);
    return count < 0 ? (int)count : OK;
}

/* Are these two names of one file? Copying would destroy it. */
static bool is_same_file(const char *source, const char *target)
{
    struct file_status from, to;
    struct place source_place, target_place;
    return stat(source, &from) == OK && stat(target, &to) == OK && from.inode == to.inode &&
           path_resolve(source, &source_place) == OK && path_resolve(target, &target_place) == OK &&
           source_place.server == target_place.server;
}

/* Copies from an open file. Returns an exit status. */
static int copy_from(int from, const char *source, const char *target)
{
    struct file_status status;
    int result = fstat(from, &status);
    if (result == OK && status.kind == KIND_DIRECTORY)
        result = -ERROR_IS_DIRECTORY;
    if (result != OK)
        return complain(source, result);
    int to = open(target, FS_WRITE | FS_CREATE | FS_TRUNCATE, status.permissions);
    if (to < 0)
        return complain(target, to);
    bool writing;
    result = copy_bytes(from, to, &writing);
    close(to);
    return result == OK ? EXIT_SUCCESS : complain(writing ? target : source, result);
}

int copy_file(const char *source, const char *target)
{
    if (is_same_file(source, target)) {
        fprintf(stderr, "%s: %s and %s are the same file\n", program_name(), source, target);
        return EXIT_FAILURE;
    }
    int from = open(source, FS_READ, 0);
    if (from < 0)
        return complain(source, from);
    int result = copy_from(from, source, target);
    close(from);
    return result;
}

bool is_inside(const char *inner, const char *outer)
{
    char in[PATH_SIZE], out[PATH_SIZE];
    if (path_absolute(inner, in) != OK || path_absolute(outer, out) != OK)
        return false;
    size_t length = strlen(out);
    return strncmp(in, out, length) == 0 && (in[length] == 0 || in[length] == '/' || length == 1);
}
