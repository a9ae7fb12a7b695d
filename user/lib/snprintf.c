/*
 * Formatting into memory.
 */
#include "user/lib/format.h"
#include <stdio.h>
#include <string.h>

struct room {
    char *next, *end; /* one byte before `end` is kept for the zero */
};

static void append(void *context, const char *text, size_t length)
{
    struct room *room = context;
    size_t left = (size_t)(room->end - room->next) - 1;
    if (length > left)
        length = left;
    memcpy(room->next, text, length);
    room->next += length;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct room room = {buffer, buffer + size};
    int length = format_text(append, &room, format, arguments);
    *room.next = 0;
    return length;
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
