/*
 * Bytes and zero-terminated strings. As in the C standard; strlcpy, strdup and strndup besides.
 */
#pragma once
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *block, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
void *memchr(const void *block, int byte, size_t size);

size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t limit);
char *strchr(const char *text, int byte);
char *strrchr(const char *text, int byte);
char *strstr(const char *text, const char *wanted);
size_t strcspn(const char *text, const char *stops); /* bytes before the first of `stops` */
char *strcpy(char *to, const char *from);
char *strcat(char *to, const char *from);

/* Copies at most size - 1 bytes and always terminates (size > 0). Returns the length of `from`: >= size means cut. */
size_t strlcpy(char *to, const char *from, size_t size);

/* Copies made by malloc; 0 when memory is exhausted. */
char *strdup(const char *text);
char *strndup(const char *text, size_t limit);
