/*
 * Buffered streams and formatted text.
 *
 * stdout writes whole lines on a terminal and whole buffers elsewhere; stderr writes at the end of each call. exit()
 * flushes, and turns a failed flush of stdout into exit status 1. Each call locks its stream, so lines of two threads
 * do not mix.
 *
 * Conversions: %d %i %u %x %X %o %c %s %p %%, with h hh l ll z, flags - 0 + space #, width and precision (also *). No
 * floating point: this library is built without it.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define EOF    (-1)
#define BUFSIZ 4096

typedef struct stream FILE;
extern FILE stream_input, stream_output, stream_error;
#define stdin  (&stream_input)
#define stdout (&stream_output)
#define stderr (&stream_error)

#define FORMAT_CHECK(text, first) __attribute__((format(__printf__, text, first)))

/* Each returns the number of characters, or for the stream functions EOF after a failed write. */
int printf(const char *format, ...) FORMAT_CHECK(1, 2);
int fprintf(FILE *stream, const char *format, ...) FORMAT_CHECK(2, 3);
int vprintf(const char *format, va_list arguments) FORMAT_CHECK(1, 0);
int vfprintf(FILE *stream, const char *format, va_list arguments) FORMAT_CHECK(2, 0);

/* Writes at most size - 1 characters and a zero (size > 0); returns the length that the whole text has. */
int snprintf(char *buffer, size_t size, const char *format, ...) FORMAT_CHECK(3, 4);
int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) FORMAT_CHECK(3, 0);

int putchar(int c);
int puts(const char *text);
int fputc(int c, FILE *stream);
int fputs(const char *text, FILE *stream);
size_t fwrite(const void *items, size_t size, size_t count, FILE *stream);

int getchar(void);
int fgetc(FILE *stream);
char *fgets(char *line, int size, FILE *stream);
size_t fread(void *items, size_t size, size_t count, FILE *stream);

/* Reads one line with its newline into *line, made or grown by realloc. Length, or -1 at end of file or on an error. */
long getline(char **line, size_t *size, FILE *stream);

/* mode: "r", "w" or "a". 0 if the file cannot be opened (open() of file.h tells why) or memory is exhausted. */
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *stream); /* 0, or EOF if the last bytes could not be written */
int fflush(FILE *stream); /* 0, or EOF; 0 as the stream means all that write */

int feof(FILE *stream);
void clearerr(FILE *stream);
int ferror(FILE *stream); /* 0, or the status (negative) that the first failed read or write gave */
