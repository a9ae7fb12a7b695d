/*
 * The screen: what bytes and escape sequences leave in the grid, and what is drawn of it.
 */
#include "servers/console/display.h"
#include "servers/console/font.h"
#include "servers/console/screen.h"
#include "tests/host/drivers/unit.h"
#include <stdlib.h>
#include <string.h>

#define COLUMNS 10
#define ROWS    4

static struct screen screen;

static int start(void **state)
{
    (void)state;
    screen_init(&screen, COLUMNS, ROWS);
    return 0;
}

static void write_text(const char *text)
{
    screen_write(&screen, text, (unsigned)strlen(text));
}

static void expect_row(unsigned row, const char *wanted)
{
    char text[COLUMNS + 1] = "";
    for (unsigned i = 0; i < COLUMNS; i++)
        text[i] = (char)screen.cells[row][i];
    for (unsigned i = COLUMNS; i-- > 0 && text[i] == ' ';)
        text[i] = 0;
    assert_string_equal(text, wanted);
}

static void expect_cursor(unsigned row, unsigned column)
{
    assert_int_equal(screen.row, row);
    assert_int_equal(screen.column, column);
}

static void text_wraps_and_scrolls(void **state)
{
    (void)state;
    write_text("0123456789");
    expect_cursor(0, COLUMNS);
    write_text("ab\ncd\r\nef\ngh");
    expect_row(0, "ab");
    expect_row(1, "cd");
    expect_row(2, "ef");
    expect_row(3, "gh");
    expect_cursor(3, 2);
}

static void a_line_editors_sequences(void **state)
{
    (void)state;
    write_text("$ hello\033[3D\033[K");
    expect_row(0, "$ he");
    expect_cursor(0, 4);
    write_text("\r\033[2CX\b \b\tT");
    expect_row(0, "$  e    T");
    write_text("\033[2;3Hx\033[Ay\033[Bz\033[5Gg");
    expect_row(0, "$  y    T");
    expect_row(1, "  x g");
    write_text("\033[H\033[2J");
    for (unsigned row = 0; row < ROWS; row++)
        expect_row(row, "");
    expect_cursor(0, 0);
}

static void parts_are_cleared_from_the_cursor(void **state)
{
    (void)state;
    write_text("aaaa\nbbbb\ncccc\033[2;3H\033[1K");
    expect_row(1, "   b");
    write_text("\033[J");
    expect_row(0, "aaaa");
    expect_row(1, "");
    expect_row(2, "");
}

static void characters_are_deleted_and_inserted(void **state)
{
    (void)state;
    write_text("abcdef\r\033[2C\033[2P");
    expect_row(0, "abef");
    write_text("\033[@x");
    expect_row(0, "abxef");
    write_text("\033[99P\033[99@");
    expect_row(0, "abx");
}

static void colours(void **state)
{
    (void)state;
    write_text("\033[31;44mr\033[1mb\033[0mp\033[7mi");
    assert_int_equal(screen.cells[0][0], 0x1400 | 'r');
    assert_int_equal(screen.cells[0][1], 0x1c00 | 'b');
    assert_int_equal(screen.cells[0][2], SCREEN_PLAIN | 'p');
    assert_int_equal(screen.cells[0][3], 0x7000 | 'i');
}

static void other_characters_become_one_question_mark(void **state)
{
    (void)state;
    write_text("a\xc3\xa9\xe2\x82\xac z\177");
    expect_row(0, "a?? z?");
}

/* Any bytes at all, in any sizes of screen: the cursor stays in the grid, every cell can be drawn. */
static void no_bytes_harm_it(void **state)
{
    (void)state;
    static const char alphabet[] = "\033\033\033[[[;;;0123456789AABBCCDDGHfJKPP@mm\n\r\b\txyz\xff";
    srand(1);
    for (unsigned i = 0; i < 300000; i++) {
        if (i % 5000 == 0)
            screen_init(&screen, 1 + (unsigned)rand() % SCREEN_COLUMNS, 1 + (unsigned)rand() % SCREEN_ROWS);
        screen_write(&screen, &alphabet[(unsigned)rand() % (sizeof(alphabet) - 1)], 1);
        assert_in_range(screen.row, 0, screen.rows - 1);
        assert_in_range(screen.column, 0, screen.columns);
    }
    for (unsigned row = 0; row < SCREEN_ROWS; row++) {
        for (unsigned column = 0; column < SCREEN_COLUMNS; column++)
            assert_in_range(screen.cells[row][column] & 0xff, FONT_FIRST, FONT_FIRST + FONT_COUNT - 1);
    }
}

static const struct display_shape pixels = {.pitch = 400, .width = 88, .height = 70, .bits = 32};
static struct display display;
static struct display_shown shown;

static void a_pixel_display_shows_the_font(void **state)
{
    (void)state;
    uint32_t *memory = calloc(1, display_bytes(&pixels));
    assert_int_equal(display_columns(&pixels), 11);
    assert_int_equal(display_rows(&pixels), 4);
    display_forget(&shown);
    display_init(&display, &pixels, memory, &shown);
    write_text("\n A");
    display_refresh(&display, &screen);
    for (unsigned y = 0; y < GLYPH_HEIGHT; y++) {
        for (unsigned x = 0; x < GLYPH_WIDTH; x++) {
            uint32_t pixel = memory[(GLYPH_HEIGHT + y) * 100 + GLYPH_WIDTH + x];
            assert_int_equal(pixel, font['A' - FONT_FIRST][y / 2] & 0x80 >> x ? 0xaaaaaa : 0);
        }
    }
    assert_int_equal(memory[GLYPH_HEIGHT * 100 + 2 * GLYPH_WIDTH], 0xaaaaaa); /* the cursor */
    memory[0] = 0x123456;                                                     /* not drawn again: it did not change */
    display_refresh(&display, &screen);
    assert_int_equal(memory[0], 0x123456);
    free(memory);
}

static void a_text_display_gets_the_cells(void **state)
{
    (void)state;
    const struct display_shape shape = {.pitch = 20, .width = 10, .height = 4, .bits = 16, .text = 1};
    uint16_t *memory = calloc(1, display_bytes(&shape));
    display_forget(&shown);
    display_init(&display, &shape, memory, &shown);
    write_text("hi");
    display_refresh(&display, &screen);
    assert_int_equal(memory[0], SCREEN_PLAIN | 'h');
    assert_int_equal(memory[1], SCREEN_PLAIN | 'i');
    assert_int_equal(memory[2], 0x7000 | ' ');
    free(memory);
}

static void shapes_that_cannot_be_drawn_are_refused(void **state)
{
    (void)state;
    struct display_shape shape = pixels;
    assert_true(display_supports(&shape));
    shape.bits = 24;
    assert_false(display_supports(&shape));
    shape = pixels;
    shape.pitch = 300;
    assert_false(display_supports(&shape));
    shape = pixels;
    shape.height = 15;
    assert_false(display_supports(&shape));
    shape = pixels;
    shape.width = shape.pitch = ~0ul;
    assert_false(display_supports(&shape));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_wraps_and_scrolls, start),
        cmocka_unit_test_setup(a_line_editors_sequences, start),
        cmocka_unit_test_setup(parts_are_cleared_from_the_cursor, start),
        cmocka_unit_test_setup(characters_are_deleted_and_inserted, start),
        cmocka_unit_test_setup(colours, start),
        cmocka_unit_test_setup(other_characters_become_one_question_mark, start),
        cmocka_unit_test_setup(no_bytes_harm_it, start),
        cmocka_unit_test_setup(a_pixel_display_shows_the_font, start),
        cmocka_unit_test_setup(a_text_display_gets_the_cells, start),
        cmocka_unit_test_setup(shapes_that_cannot_be_drawn_are_refused, start),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
