#include "servers/console/display.h"
#include "servers/console/font.h"

#define LARGEST    16384u  /* pixels or characters each way: more is a mistake */
#define NEVER_SEEN 0xffffu /* differs from every cell, whose bit 15 is 0 */

/* The 16 EGA colours as 0xRRGGBB. */
static const uint32_t palette[16] = {
    0x000000, 0x0000aa, 0x00aa00, 0x00aaaa, 0xaa0000, 0xaa00aa, 0xaa5500, 0xaaaaaa,
    0x555555, 0x5555ff, 0x55ff55, 0x55ffff, 0xff5555, 0xff55ff, 0xffff55, 0xffffff,
};

bool display_supports(const struct display_shape *shape)
{
    uint64_t unit = shape->text ? 2 : 4;
    return (shape->text || shape->bits == 32) && display_columns(shape) > 0 && display_rows(shape) > 0 &&
           shape->width <= LARGEST && shape->height <= LARGEST && shape->pitch <= LARGEST * unit &&
           shape->pitch >= shape->width * unit && shape->pitch % unit == 0;
}

uint64_t display_bytes(const struct display_shape *shape)
{
    return shape->pitch * shape->height;
}

unsigned display_columns(const struct display_shape *shape)
{
    return (unsigned)(shape->text ? shape->width : shape->width / GLYPH_WIDTH);
}

unsigned display_rows(const struct display_shape *shape)
{
    return (unsigned)(shape->text ? shape->height : shape->height / GLYPH_HEIGHT);
}

void display_init(struct display *display, const struct display_shape *shape, volatile void *memory,
                  struct display_shown *shown)
{
    display->memory = memory;
    display->shape = *shape;
    display->shown = shown;
}

void display_forget(struct display_shown *shown)
{
    for (unsigned i = 0; i < SCREEN_ROWS * SCREEN_COLUMNS; i++)
        shown->cells[i / SCREEN_COLUMNS][i % SCREEN_COLUMNS] = NEVER_SEEN;
}

static void draw_pixels(struct display *display, unsigned row, unsigned column, uint16_t cell)
{
    const uint8_t *glyph = font[(cell & 0xff) - FONT_FIRST];
    uint32_t foreground = palette[cell >> 8 & 0xf], background = palette[cell >> 12 & 7];
    volatile uint8_t *line = display->memory + row * GLYPH_HEIGHT * display->shape.pitch;
    for (unsigned y = 0; y < GLYPH_HEIGHT; y++, line += display->shape.pitch) {
        volatile uint32_t *pixels = (volatile uint32_t *)line + column * GLYPH_WIDTH;
        uint8_t bits = glyph[y * FONT_ROWS / GLYPH_HEIGHT];
        for (unsigned x = 0; x < GLYPH_WIDTH; x++)
            pixels[x] = bits & 0x80 >> x ? foreground : background;
    }
}

static void draw_text(struct display *display, unsigned row, unsigned column, uint16_t cell)
{
    ((volatile uint16_t *)(display->memory + row * display->shape.pitch))[column] = cell;
}

static uint16_t swap_colours(uint16_t cell)
{
    return (uint16_t)((cell & 0x00ff) | (cell & 0x0700) << 4 | (cell & 0x7000) >> 4);
}

void display_refresh(struct display *display, const struct screen *screen)
{
    unsigned cursor = screen->column < screen->columns ? screen->column : screen->columns - 1;
    for (unsigned row = 0; row < screen->rows; row++) {
        for (unsigned column = 0; column < screen->columns; column++) {
            uint16_t cell = screen->cells[row][column];
            if (row == screen->row && column == cursor)
                cell = swap_colours(cell);
            if (display->shown->cells[row][column] == cell)
                continue;
            if (display->shape.text)
                draw_text(display, row, column, cell);
            else
                draw_pixels(display, row, column, cell);
            display->shown->cells[row][column] = cell; /* last: a console that dies here leaves the cell to be drawn */
        }
    }
}
