/*
 * Writing to streams.
 *
 * Only what is in the buffer is ever written, so a stream keeps its order; large pieces go through it in buffer-sized
 * parts. A failed write is remembered in the stream, and later output to it is dropped.
 */
#include "user/lib/exit.h"
#include "user/lib/file.h"
#include "user/lib/format.h"
#include "user/lib/startup.h"
#include "user/lib/status.h"
#include "user/lib/stream.h"
#include <string.h>

/* At exit: flushes everything, and says if standard output was lost. */
static int finish(void)
{
    fflush(0);
    if (stdout->failure != OK)
        fprintf(stderr, "%s: standard output: %s\n", program_name(), status_text(stdout->failure));
    return stdout->failure;
}

int stream_flush(FILE *stream)
{
    if (stream->consumed == 0 && stream->filled > 0 && stream->failure == OK && stream->buffering) {
        long written = write(stream->descriptor, stream->buffer, stream->filled);
        if (written < 0)
            stream->failure = (int)written;
    }
    if (stream->buffering)
        stream->filled = 0;
    return stream->failure;
}

void stream_put(FILE *stream, const char *text, size_t length)
{
    if (stream->buffering == BUFFERING_UNDECIDED)
        stream->buffering = is_terminal(stream->descriptor) ? BUFFERING_LINES : BUFFERING_FULL;
    exit_flush = finish;
    while (length > 0) {
        size_t part = BUFSIZ - stream->filled < length ? BUFSIZ - stream->filled : length;
        memcpy(stream->buffer + stream->filled, text, part);
        stream->filled += part;
        text += part;
        length -= part;
        if (stream->filled == BUFSIZ)
            stream_flush(stream);
    }
}

int stream_settle(FILE *stream)
{
    bool line_ended = stream->buffering == BUFFERING_LINES && memchr(stream->buffer, '\n', stream->filled);
    if (line_ended || stream->buffering == BUFFERING_CALLS)
        stream_flush(stream);
    return stream->failure;
}

size_t fwrite(const void *items, size_t size, size_t count, FILE *stream)
{
    mutex_lock(&stream->mutex);
    stream_put(stream, items, size * count);
    int status = stream_settle(stream);
    mutex_unlock(&stream->mutex);
    return status == OK ? count : 0;
}

int fputs(const char *text, FILE *stream)
{
    size_t length = strlen(text);
    return fwrite(text, 1, length, stream) == length ? 0 : EOF;
}

int fputc(int c, FILE *stream)
{
    char byte = (char)c;
    return fwrite(&byte, 1, 1, stream) == 1 ? (unsigned char)c : EOF;
}

int putchar(int c)
{
    return fputc(c, stdout);
}

int puts(const char *text)
{
    return printf("%s\n", text) < 0 ? EOF : 0;
}

static void put_piece(void *context, const char *text, size_t length)
{
    stream_put(context, text, length);
}

int vfprintf(FILE *stream, const char *format, va_list arguments)
{
    mutex_lock(&stream->mutex);
    int length = format_text(put_piece, stream, format, arguments);
    int status = stream_settle(stream);
    mutex_unlock(&stream->mutex);
    return status == OK ? length : EOF;
}

int vprintf(const char *format, va_list arguments)
{
    return vfprintf(stdout, format, arguments);
}

int fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vfprintf(stream, format, arguments);
    va_end(arguments);
    return length;
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vfprintf(stdout, format, arguments);
    va_end(arguments);
    return length;
}
