/*
 * Memory, numbers, sorting, and the end of a program. As in the C standard, as far as it goes.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

/* Aligned to 16 bytes; 0 when the process's quota is exhausted. A size of 0 gives a valid pointer. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);

/* Runs the atexit functions, last registered first, flushes the streams, and ends the process with status 0..255. */
_Noreturn void exit(int status);
int atexit(void (*function)(void)); /* 0, or -1 when 16 are registered */
_Noreturn void abort(void);         /* ends with an illegal instruction, which the system reports */

/* Base 0 means: 0x is 16, a leading 0 is 8, else 10. An overflow gives the largest value. */
unsigned long strtoul(const char *text, char **end, int base);
long strtol(const char *text, char **end, int base);
int atoi(const char *text);

/* Sorts in place, not stable; never more than about n log n comparisons. */
void qsort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *));
