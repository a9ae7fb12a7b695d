/*
 * The screen as a terminal: bytes and escape sequences become a grid of cells. Pure; display.c draws the grid.
 *
 * Understood: printable ASCII (one '?' for any other character, however many bytes it has), \r \n \b \t, and after
 * ESC [ : A B C D (move), G (column), H f (position), J K (clear), m (colours), P @ (delete, insert characters).
 * Everything else is recognised and ignored. "\n" also returns to column 0. A character in the last column leaves the
 * cursor there; the next one begins a new line.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define SCREEN_COLUMNS    240 /* the most that are used */
#define SCREEN_ROWS       100
#define SCREEN_PARAMETERS 4

/* A cell: character, and attribute above it as on an EGA screen: foreground bits 8..11, background 12..14. */
#define SCREEN_PLAIN 0x0700u
#define SCREEN_BLANK (SCREEN_PLAIN | ' ')

enum screen_state { SCREEN_TEXT, SCREEN_ESCAPE, SCREEN_SEQUENCE };

struct screen {
    unsigned columns, rows;
    unsigned column, row; /* of the cursor; column == columns: the next character wraps */
    uint16_t attribute;   /* of the next characters, in place */
    enum screen_state state;
    unsigned parameters[SCREEN_PARAMETERS], parameter_count;
    uint16_t cells[SCREEN_ROWS][SCREEN_COLUMNS];
};

/* A blank screen of 1..SCREEN_COLUMNS by 1..SCREEN_ROWS; larger numbers are cut. */
void screen_init(struct screen *screen, unsigned columns, unsigned rows);

void screen_write(struct screen *screen, const char *bytes, unsigned count);
