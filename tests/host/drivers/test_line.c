/*
 * The console's line discipline: what a person types, what is echoed, what a reader gets.
 */
#include "servers/console/line.h"
#include "tests/host/drivers/unit.h"
#include <string.h>

static struct line line;
static char echoed[65536];
static unsigned echoed_length, interrupts;

static void echo(void *context, const char *bytes, unsigned count)
{
    (void)context;
    if (echoed_length + count < sizeof(echoed)) {
        memcpy(echoed + echoed_length, bytes, count);
        echoed_length += count;
        echoed[echoed_length] = 0;
    }
}

static void interrupt(void *context)
{
    (void)context;
    interrupts++;
}

static int start(void **state)
{
    (void)state;
    line_init(&line, (struct line_owner){.echo = echo, .interrupt = interrupt});
    echoed_length = interrupts = 0;
    echoed[0] = 0;
    return 0;
}

static void type(const char *bytes)
{
    while (*bytes)
        line_input(&line, (uint8_t)*bytes++);
}

/* One READ with room for `size` bytes gets `wanted`. */
static void expect_read(unsigned size, const char *wanted)
{
    char bytes[4096];
    unsigned cells;
    assert_true(line_is_ready(&line));
    unsigned count = line_peek(&line, bytes, size, &cells);
    assert_int_equal(count, strlen(wanted));
    assert_memory_equal(bytes, wanted, count);
    line_take(&line, cells);
}

static void a_line_is_ready_when_it_is_ended(void **state)
{
    (void)state;
    type("hello");
    assert_false(line_is_ready(&line));
    type("\r");
    expect_read(100, "hello\n");
    assert_false(line_is_ready(&line));
    assert_string_equal(echoed, "hello\n");
}

static void a_read_gets_one_line_and_a_short_one_its_parts(void **state)
{
    (void)state;
    type("one\ntwo\n");
    expect_read(2, "on");
    expect_read(100, "e\n");
    expect_read(100, "two\n");
}

static void backspace_word_and_line_are_erased(void **state)
{
    (void)state;
    type("ab\177c\n");
    expect_read(100, "ac\n");
    assert_string_equal(echoed, "ab\b \bc\n");
    type("one two  \027three\n");
    expect_read(100, "one three\n");
    type("rubbish\025x\n");
    expect_read(100, "x\n");
    type("\177\177\027\025y\n");
    expect_read(100, "y\n");
}

static void a_character_of_several_bytes_is_erased_whole(void **state)
{
    (void)state;
    type("a\xc3\xa9\177\n");
    expect_read(100, "a\n");
    assert_string_equal(echoed, "a\xc3\xa9\b \b\n");
}

static void control_d_ends_the_file_only_on_an_empty_line(void **state)
{
    (void)state;
    type("\004");
    expect_read(100, "");
    type("abc\004");
    expect_read(3, "abc");
    assert_false(line_is_ready(&line));
    type("abc\004\004");
    expect_read(100, "abc");
    expect_read(100, "");
}

static void control_c_interrupts_and_drops_the_line(void **state)
{
    (void)state;
    type("done\nhalf\003next\n");
    assert_int_equal(interrupts, 1);
    expect_read(100, "done\n");
    expect_read(100, "next\n");
}

static void raw_bytes_come_as_they_are(void **state)
{
    (void)state;
    line_set_mode(&line, true);
    type("a\r\003\004\177");
    expect_read(2, "a\r");
    expect_read(100, "\003\004\177");
    assert_int_equal(interrupts, 0);
    assert_string_equal(echoed, "");
}

static void a_peek_takes_nothing(void **state)
{
    (void)state;
    char bytes[100];
    unsigned cells;
    type("kept\n");
    line_peek(&line, bytes, sizeof(bytes), &cells);
    expect_read(100, "kept\n");
}

static void what_is_typed_ahead_survives_a_change_of_mode(void **state)
{
    (void)state;
    type("first\nhal");
    line_set_mode(&line, true);
    type("f\r");
    expect_read(100, "first\nhalf\r");
    type("second\rthi\177ird\003fourth\r");
    line_set_mode(&line, false);
    assert_int_equal(interrupts, 1);
    expect_read(100, "second\n");
    expect_read(100, "fourth\n");
    type("x\004");
    line_set_mode(&line, true);
    expect_read(100, "x\004");
}

static void a_line_that_is_too_long_rings_the_bell(void **state)
{
    (void)state;
    static char wanted[LINE_SIZE + 2];
    for (unsigned i = 0; i < LINE_SIZE + 10; i++)
        line_input(&line, 'x');
    assert_int_equal(echoed[echoed_length - 1], '\a');
    type("\n");
    memset(wanted, 'x', LINE_SIZE);
    wanted[LINE_SIZE] = '\n';
    expect_read(4096, wanted);
}

static void a_full_discipline_says_so_and_keeps_everything(void **state)
{
    (void)state;
    unsigned given = 0, got = 0;
    while (line_has_room(&line))
        line_input(&line, ++given % 10 ? 'x' : '\n');
    line_set_mode(&line, true);
    while (line_is_ready(&line)) {
        unsigned cells;
        char bytes[100];
        got += line_peek(&line, bytes, sizeof(bytes), &cells);
        line_take(&line, cells);
    }
    assert_int_equal(got, given);
}

static void the_echo_of_one_byte_is_bounded(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LINE_SIZE; i++)
        line_input(&line, 1);
    echoed_length = 0;
    line_input(&line, 025);
    assert_in_range(echoed_length, 1, LINE_ECHO_MOST);
}

/* What a dead console had given, and whether its reader got it, its successor does not know: it can give it again. */
static void what_was_taken_can_be_given_back_and_recalled(void **state)
{
    (void)state;
    char bytes[16];
    unsigned cells;
    uint64_t from = line.ready.taken;
    type("ab\rcd\x04");
    assert_int_equal(line_peek(&line, bytes, sizeof(bytes), &cells), 3);
    line_take(&line, cells);
    memset(bytes, 0, sizeof(bytes));
    line_recall(&line, from, bytes, 3);
    assert_string_equal(bytes, "ab\n");
    line_give_back(&line, cells);
    expect_read(16, "ab\n");
    assert_int_equal(line_peek(&line, bytes, sizeof(bytes), &cells), 2);
    assert_int_equal(cells, 3); /* the mark of Ctrl-D, too */
    line_take(&line, cells);
    assert_true(line_has(&line, from + 3));
    line_recall(&line, from + 3, bytes, 2);
    assert_memory_equal(bytes, "cd", 2);
    assert_false(line_is_ready(&line));
    line.ready.put = from + RING_SIZE + 3;
    assert_true(line_has(&line, from + 3) && !line_has(&line, from + 2));
}

/* Half of the ring stays free, so that editing again overwrites nothing that was taken a moment ago. */
static void half_of_what_may_be_typed_ahead_stays_free(void **state)
{
    (void)state;
    line_set_mode(&line, true);
    unsigned typed = 0;
    for (; line_has_room(&line); typed++)
        line_input(&line, (uint8_t)('a' + typed % 26));
    assert_true(typed > RING_SIZE / 4 && typed <= RING_SIZE / 2);
    uint64_t taken = line.ready.taken;
    line_set_mode(&line, false);
    assert_true(line.ready.put - taken <= RING_SIZE);
    for (unsigned i = 0; i < typed; i++)
        assert_int_equal(line.ready.cells[(taken + i) % RING_SIZE], 'a' + i % 26);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_is_ready_when_it_is_ended, start),
        cmocka_unit_test_setup(a_read_gets_one_line_and_a_short_one_its_parts, start),
        cmocka_unit_test_setup(backspace_word_and_line_are_erased, start),
        cmocka_unit_test_setup(a_character_of_several_bytes_is_erased_whole, start),
        cmocka_unit_test_setup(control_d_ends_the_file_only_on_an_empty_line, start),
        cmocka_unit_test_setup(control_c_interrupts_and_drops_the_line, start),
        cmocka_unit_test_setup(raw_bytes_come_as_they_are, start),
        cmocka_unit_test_setup(a_peek_takes_nothing, start),
        cmocka_unit_test_setup(what_is_typed_ahead_survives_a_change_of_mode, start),
        cmocka_unit_test_setup(a_line_that_is_too_long_rings_the_bell, start),
        cmocka_unit_test_setup(a_full_discipline_says_so_and_keeps_everything, start),
        cmocka_unit_test_setup(the_echo_of_one_byte_is_bounded, start),
        cmocka_unit_test_setup(what_was_taken_can_be_given_back_and_recalled, start),
        cmocka_unit_test_setup(half_of_what_may_be_typed_ahead_stays_free, start),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
