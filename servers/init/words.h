/*
 * A line of text taken apart into words, and words turned into numbers. Pure.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define LINE_LENGTH 120 /* bytes */
#define LINE_WORDS  8

struct line {
    unsigned count;
    char *words[LINE_WORDS];    /* zero-terminated, in `text` */
    char text[LINE_LENGTH + 1]; /* a copy of the line, cut up */
};

/* Splits a line at blanks; '#' starts a comment. False if it is too long or has too many words. */
bool line_split(struct line *line, const char *text, uint64_t length);

/* Decimal, or hexadecimal after 0x. False if it is anything else or too large. */
bool word_to_number(const char *word, uint64_t *number);

/* A number of bytes, with K or M for units of 1,024 and 1,048,576. False as above. */
bool word_to_size(const char *word, uint64_t *bytes);
