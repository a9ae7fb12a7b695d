/*
 * Draws a screen's grid into the frame buffer that the boot loader left: EGA text, or 32 bits a pixel with font.c.
 *
 * The frame buffer is slow and never read: what it shows is remembered, and only cells that changed are drawn. The
 * cursor is the cell with its colours swapped. Pure but for the memory it is given.
 */
#pragma once
#include "servers/console/screen.h"
#include <stdbool.h>

#define GLYPH_WIDTH  8u
#define GLYPH_HEIGHT 16u

/* As in struct bootinfo: bytes a line; pixels, or characters in text mode; bits a pixel; text mode or not. */
struct display_shape {
    uint64_t pitch, width, height, bits, text;
};

/* What the frame buffer shows. */
struct display_shown {
    uint16_t cells[SCREEN_ROWS][SCREEN_COLUMNS];
};

struct display {
    volatile uint8_t *memory; /* 0: there is no screen */
    struct display_shape shape;
    struct display_shown *shown;
};

/* Can this be drawn on? True for text mode and 32 bits with sensible numbers. */
bool display_supports(const struct display_shape *shape);

/* Bytes of frame buffer that a supported shape has. */
uint64_t display_bytes(const struct display_shape *shape);

/* The grid that fits a supported shape, in characters; may be more than a struct screen uses. */
unsigned display_columns(const struct display_shape *shape);
unsigned display_rows(const struct display_shape *shape);

/* Takes over `memory` of display_bytes(), about which `shown` says what it shows. */
void display_init(struct display *display, const struct display_shape *shape, volatile void *memory,
                  struct display_shown *shown);

/* Nothing is known to be shown: the next refresh draws everything. */
void display_forget(struct display_shown *shown);

/* Draws what changed since the last refresh. */
void display_refresh(struct display *display, const struct screen *screen);
