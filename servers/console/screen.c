#include "servers/console/screen.h"
#include <string.h>

#define TAB             8
#define ESCAPE          0x1b
#define PARAMETER_LIMIT 9999 /* more means the same */
#define BRIGHT          0x0800u

void screen_init(struct screen *screen, unsigned columns, unsigned rows)
{
    screen->columns = columns < SCREEN_COLUMNS ? columns : SCREEN_COLUMNS;
    screen->rows = rows < SCREEN_ROWS ? rows : SCREEN_ROWS;
    screen->column = screen->row = 0;
    screen->attribute = SCREEN_PLAIN;
    screen->state = SCREEN_TEXT;
    for (unsigned i = 0; i < SCREEN_ROWS * SCREEN_COLUMNS; i++)
        screen->cells[i / SCREEN_COLUMNS][i % SCREEN_COLUMNS] = SCREEN_BLANK;
}

/* Blanks the cells [from, to) of a row. */
static void blank(struct screen *screen, unsigned row, unsigned from, unsigned to)
{
    for (unsigned column = from; column < to; column++)
        screen->cells[row][column] = (uint16_t)(screen->attribute | ' ');
}

static void next_line(struct screen *screen)
{
    screen->column = 0;
    if (++screen->row < screen->rows)
        return;
    screen->row = screen->rows - 1;
    memmove(screen->cells[0], screen->cells[1], screen->row * sizeof(screen->cells[0]));
    blank(screen, screen->row, 0, screen->columns);
}

static void put(struct screen *screen, uint8_t byte)
{
    if ((byte & 0xc0) == 0x80)
        return; /* a later byte of a UTF-8 sequence */
    if (screen->column >= screen->columns)
        next_line(screen);
    screen->cells[screen->row][screen->column++] = (uint16_t)(screen->attribute | (byte < 0x7f ? byte : '?'));
}

/* The index-th number of the sequence, `otherwise` where it was left out or 0. */
static unsigned parameter(const struct screen *screen, unsigned index, unsigned otherwise)
{
    return index < screen->parameter_count && screen->parameters[index] ? screen->parameters[index] : otherwise;
}

static unsigned smaller(unsigned left, unsigned right)
{
    return left < right ? left : right;
}

/* Places the cursor, counted from 0; outside numbers are cut. */
static void move(struct screen *screen, unsigned row, unsigned column)
{
    screen->row = smaller(row, screen->rows - 1);
    screen->column = smaller(column, screen->columns - 1);
}

/* part 0: from the cursor to the end, 1: from the start to the cursor, 2: all. */
static void clear_line(struct screen *screen, unsigned part)
{
    unsigned cursor = smaller(screen->column, screen->columns - 1);
    blank(screen, screen->row, part == 0 ? cursor : 0, part == 1 ? cursor + 1 : screen->columns);
}

static void clear_screen(struct screen *screen, unsigned part)
{
    for (unsigned row = 0; row < screen->rows; row++) {
        if (part == 2 || (part == 0 && row > screen->row) || (part == 1 && row < screen->row))
            blank(screen, row, 0, screen->columns);
    }
    clear_line(screen, part);
}

static void delete_characters(struct screen *screen, unsigned count)
{
    unsigned rest = screen->columns - smaller(screen->column, screen->columns);
    uint16_t *cell = &screen->cells[screen->row][screen->columns - rest];
    count = smaller(count, rest);
    memmove(cell, cell + count, (rest - count) * sizeof(*cell));
    blank(screen, screen->row, screen->columns - count, screen->columns);
}

static void insert_characters(struct screen *screen, unsigned count)
{
    unsigned rest = screen->columns - smaller(screen->column, screen->columns);
    uint16_t *cell = &screen->cells[screen->row][screen->columns - rest];
    count = smaller(count, rest);
    memmove(cell + count, cell, (rest - count) * sizeof(*cell));
    blank(screen, screen->row, screen->columns - rest, screen->columns - rest + count);
}

/* ANSI counts colours red 1, green 2, blue 4; EGA the other way round. */
static uint16_t colour(unsigned ansi)
{
    return (uint16_t)((ansi & 1) << 2 | (ansi & 2) | (ansi & 4) >> 2);
}

static void set_attribute(struct screen *screen, unsigned code)
{
    uint16_t now = screen->attribute;
    if (code == 0)
        now = SCREEN_PLAIN;
    else if (code == 1)
        now |= BRIGHT;
    else if (code == 7)
        now = (uint16_t)((now & 0x0700) << 4 | (now & 0x7000) >> 4 | (now & BRIGHT));
    else if (code >= 30 && code <= 37)
        now = (uint16_t)((now & ~0x0700u) | colour(code - 30) << 8);
    else if (code >= 90 && code <= 97)
        now = (uint16_t)((now & ~0x0f00u) | BRIGHT | colour(code - 90) << 8);
    else if (code >= 40 && code <= 47)
        now = (uint16_t)((now & ~0x7000u) | colour(code - 40) << 12);
    else if (code == 39)
        now = (uint16_t)((now & ~0x0f00u) | SCREEN_PLAIN);
    else if (code == 49)
        now = (uint16_t)(now & ~0x7000u);
    screen->attribute = now;
}

static void set_attributes(struct screen *screen)
{
    if (screen->parameter_count == 0)
        set_attribute(screen, 0);
    for (unsigned i = 0; i < screen->parameter_count; i++)
        set_attribute(screen, screen->parameters[i]);
}

/* Carries out a complete sequence by its last byte. */
static void finish_sequence(struct screen *screen, uint8_t final)
{
    unsigned count = parameter(screen, 0, 1);
    unsigned column = smaller(screen->column, screen->columns - 1);
    switch (final) {
    case 'A':
        move(screen, screen->row - smaller(count, screen->row), column);
        break;
    case 'B':
        move(screen, screen->row + count, column);
        break;
    case 'C':
        move(screen, screen->row, column + count);
        break;
    case 'D':
        move(screen, screen->row, column - smaller(count, column));
        break;
    case 'G':
        move(screen, screen->row, count - 1);
        break;
    case 'H':
    case 'f':
        move(screen, count - 1, parameter(screen, 1, 1) - 1);
        break;
    case 'J':
        clear_screen(screen, parameter(screen, 0, 0));
        break;
    case 'K':
        clear_line(screen, parameter(screen, 0, 0));
        break;
    case 'P':
        delete_characters(screen, count);
        break;
    case '@':
        insert_characters(screen, count);
        break;
    case 'm':
        set_attributes(screen);
        break;
    }
}

/* A byte between ESC [ and the final byte, or that final byte. */
static void sequence_byte(struct screen *screen, uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        if (screen->parameter_count == 0)
            screen->parameters[screen->parameter_count++] = 0;
        unsigned *number = &screen->parameters[screen->parameter_count - 1];
        *number = smaller(*number * 10 + (byte - '0'), PARAMETER_LIMIT);
    } else if (byte == ';') {
        if (screen->parameter_count == 0)
            screen->parameters[screen->parameter_count++] = 0;
        if (screen->parameter_count < SCREEN_PARAMETERS)
            screen->parameters[screen->parameter_count++] = 0;
    } else if (byte >= 0x40) {
        screen->state = SCREEN_TEXT;
        finish_sequence(screen, byte);
    }
}

static void control(struct screen *screen, uint8_t byte)
{
    switch (byte) {
    case '\r':
        screen->column = 0;
        break;
    case '\n':
        next_line(screen);
        break;
    case '\b':
        screen->column -= screen->column > 0;
        break;
    case '\t':
        screen->column = smaller((screen->column / TAB + 1) * TAB, screen->columns - 1);
        break;
    case ESCAPE:
        screen->state = SCREEN_ESCAPE;
        break;
    }
}

static void write_byte(struct screen *screen, uint8_t byte)
{
    if (byte < 0x20) {
        control(screen, byte);
    } else if (screen->state == SCREEN_ESCAPE) {
        screen->state = byte == '[' ? SCREEN_SEQUENCE : SCREEN_TEXT;
        screen->parameter_count = 0;
    } else if (screen->state == SCREEN_SEQUENCE) {
        sequence_byte(screen, byte);
    } else {
        put(screen, byte);
    }
}

void screen_write(struct screen *screen, const char *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        write_byte(screen, (uint8_t)bytes[i]);
}
