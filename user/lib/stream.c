/*
 * Streams: opening, closing, flushing. The three standard ones always exist.
 */
#include "user/lib/stream.h"
#include "user/lib/exit.h"
#include "user/lib/file.h"
#include "user/lib/startup.h"
#include "user/lib/status.h"
#include <stdlib.h>
#include <string.h>

FILE stream_input = {.descriptor = 0};
FILE stream_output = {.descriptor = 1};
FILE stream_error = {.descriptor = 2, .buffering = BUFFERING_CALLS};

static FILE *opened; /* every fopen'ed stream */
static struct mutex list_mutex;

int fflush(FILE *stream)
{
    if (stream) {
        mutex_lock(&stream->mutex);
        int status = stream_flush(stream);
        mutex_unlock(&stream->mutex);
        return status == OK ? 0 : EOF;
    }
    int result = fflush(stdout) | fflush(stderr);
    mutex_lock(&list_mutex);
    for (FILE *each = opened; each; each = each->next)
        result |= fflush(each);
    mutex_unlock(&list_mutex);
    return result;
}

/* "r", "w" or "a" as flags of open(); 0 if it is none of them. */
static unsigned open_flags(const char *mode)
{
    switch (mode[0]) {
    case 'r':
        return FS_READ;
    case 'w':
        return FS_WRITE | FS_CREATE | FS_TRUNCATE;
    case 'a':
        return FS_WRITE | FS_CREATE | OPEN_APPEND;
    default:
        return 0;
    }
}

FILE *fopen(const char *path, const char *mode)
{
    unsigned flags = open_flags(mode);
    FILE *stream = flags ? calloc(1, sizeof(*stream)) : 0;
    if (!stream)
        return 0;
    stream->descriptor = open(path, flags, 0644);
    if (stream->descriptor < 0) {
        free(stream);
        return 0;
    }
    mutex_lock(&list_mutex);
    stream->next = opened;
    opened = stream;
    mutex_unlock(&list_mutex);
    return stream;
}

int fclose(FILE *stream)
{
    int result = fflush(stream);
    close(stream->descriptor);
    mutex_lock(&list_mutex);
    for (FILE **link = &opened; *link; link = &(*link)->next)
        if (*link == stream) {
            *link = stream->next;
            break;
        }
    mutex_unlock(&list_mutex);
    if (stream != stdin && stream != stdout && stream != stderr)
        free(stream);
    return result;
}

int feof(FILE *stream)
{
    return stream->ended;
}

void clearerr(FILE *stream)
{
    stream->failure = 0;
    stream->ended = 0;
}

int ferror(FILE *stream)
{
    return stream->failure;
}
