/*
 * Reading from streams.
 */
#include "user/lib/file.h"
#include "user/lib/status.h"
#include "user/lib/stream.h"
#include <stdlib.h>
#include <string.h>

/* Makes sure that a byte is waiting in the buffer; false at the end and after a failure. Called with the mutex. */
static bool refill(FILE *stream)
{
    if (stream->consumed < stream->filled)
        return true;
    long count = read(stream->descriptor, stream->buffer, BUFSIZ);
    stream->consumed = 0;
    stream->filled = count > 0 ? (size_t)count : 0;
    stream->ended = count == 0;
    if (count < 0)
        stream->failure = (int)count;
    return count > 0;
}

size_t fread(void *items, size_t size, size_t count, FILE *stream)
{
    size_t wanted = size * count, done = 0;
    mutex_lock(&stream->mutex);
    while (done < wanted && refill(stream)) {
        size_t waiting = stream->filled - stream->consumed;
        size_t part = waiting < wanted - done ? waiting : wanted - done;
        memcpy((char *)items + done, stream->buffer + stream->consumed, part);
        stream->consumed += part;
        done += part;
    }
    mutex_unlock(&stream->mutex);
    return size ? done / size : 0;
}

int fgetc(FILE *stream)
{
    unsigned char byte;
    return fread(&byte, 1, 1, stream) == 1 ? byte : EOF;
}

int getchar(void)
{
    return fgetc(stdin);
}

/* Moves bytes up to and with the first newline, at most `size`, to `line`. Called with the mutex; 0 = end. */
static size_t take_line(char *line, size_t size, FILE *stream)
{
    size_t done = 0;
    while (done < size && refill(stream)) {
        size_t waiting = stream->filled - stream->consumed;
        size_t part = waiting < size - done ? waiting : size - done;
        const char *start = stream->buffer + stream->consumed;
        const char *newline = memchr(start, '\n', part);
        if (newline)
            part = (size_t)(newline - start) + 1;
        memcpy(line + done, start, part);
        stream->consumed += part;
        done += part;
        if (newline)
            break;
    }
    return done;
}

char *fgets(char *line, int size, FILE *stream)
{
    mutex_lock(&stream->mutex);
    size_t length = take_line(line, (size_t)size - 1, stream);
    mutex_unlock(&stream->mutex);
    line[length] = 0;
    return length ? line : 0;
}

/* Makes *line hold at least `needed` bytes. */
static bool grow_line(char **line, size_t *size, size_t needed)
{
    if (*line && *size >= needed)
        return true;
    char *larger = realloc(*line, 2 * needed);
    if (!larger)
        return false;
    *line = larger;
    *size = 2 * needed;
    return true;
}

long getline(char **line, size_t *size, FILE *stream)
{
    size_t length = 0;
    mutex_lock(&stream->mutex);
    while (grow_line(line, size, length + 128)) {
        size_t part = take_line(*line + length, *size - length - 1, stream);
        length += part;
        if (part == 0 || (*line)[length - 1] == '\n')
            break;
    }
    mutex_unlock(&stream->mutex);
    if (length == 0)
        return -1;
    (*line)[length] = 0;
    return (long)length;
}
