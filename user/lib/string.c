/*
 * Zero-terminated strings.
 */
#include <string.h>

size_t strlen(const char *text)
{
    const char *end = text;
    while (*end)
        end++;
    return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t limit)
{
    const char *end = memchr(text, 0, limit);
    return end ? (size_t)(end - text) : limit;
}

int strcmp(const char *left, const char *right)
{
    while (*left && *left == *right) {
        left++;
        right++;
    }
    return (unsigned char)*left - (unsigned char)*right;
}

int strncmp(const char *left, const char *right, size_t limit)
{
    for (; limit > 0; limit--, left++, right++)
        if (*left != *right || !*left)
            return (unsigned char)*left - (unsigned char)*right;
    return 0;
}

char *strchr(const char *text, int byte)
{
    for (;; text++) {
        if (*text == (char)byte)
            return (char *)text;
        if (!*text)
            return 0;
    }
}

char *strrchr(const char *text, int byte)
{
    const char *found = 0;
    for (;; text++) {
        if (*text == (char)byte)
            found = text;
        if (!*text)
            return (char *)found;
    }
}

char *strstr(const char *text, const char *wanted)
{
    size_t length = strlen(wanted);
    for (; strncmp(text, wanted, length) != 0; text++)
        if (!*text)
            return 0;
    return (char *)text;
}

size_t strcspn(const char *text, const char *stops)
{
    size_t length = 0;
    while (text[length] && !strchr(stops, text[length]))
        length++;
    return length;
}

char *strcpy(char *to, const char *from)
{
    return memcpy(to, from, strlen(from) + 1);
}

char *strcat(char *to, const char *from)
{
    strcpy(to + strlen(to), from);
    return to;
}

size_t strlcpy(char *to, const char *from, size_t size)
{
    size_t length = strlen(from);
    size_t copied = length < size ? length : size - 1;
    memcpy(to, from, copied);
    to[copied] = 0;
    return length;
}
