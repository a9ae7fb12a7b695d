/*
 * The characters of the screen: our own 8 by 8 drawing of printable ASCII, each row shown twice to fill 8 by 16.
 */
#pragma once
#include <stdint.h>

#define FONT_FIRST ' '
#define FONT_COUNT 95
#define FONT_ROWS  8

/* Rows from the top; bit 7 is the leftmost pixel. */
extern const uint8_t font[FONT_COUNT][FONT_ROWS];
