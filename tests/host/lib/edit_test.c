/*
 * The line editor, typed into: what the line is afterwards, and that the screen shows the same. The screen is played
 * by a row of cells that understands carriage return, clear to the end, and cursor left.
 */
#include "tests/host/lib/fakes.h"
#include "user/lib/edit.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct editor editor;
static char row[400]; /* one cell a byte: tests of the screen use ASCII only */
static size_t column;
static size_t drawn; /* bytes, since type() began */

/* Carries out ESC [ ... K, D, H or J; returns its length. */
static size_t control_sequence(const char *bytes)
{
    char *end;
    size_t number = strtoul(bytes + 2, &end, 10);
    if (*end == 'K')
        memset(row + column, 0, sizeof(row) - column);
    else if (*end == 'D')
        column -= number;
    return (size_t)(end + 1 - bytes);
}

static void draw(void *context, const char *bytes, size_t length)
{
    (void)context;
    drawn += length;
    for (size_t i = 0; i < length;) {
        if (bytes[i] == 0x1b) {
            i += control_sequence(bytes + i);
            continue;
        }
        if (bytes[i] == '\r' || bytes[i] == '\n')
            column = 0;
        if (bytes[i] == '\n')
            memset(row, 0, sizeof(row));
        else if (bytes[i] != '\r' && ((unsigned char)bytes[i] & 0xc0) != 0x80) /* continuation bytes take no cell */
            row[column++] = bytes[i];
        i++;
    }
    assert(column < EDIT_COLUMNS);
}

static void complete(void *context, const char *line, size_t cursor, struct completion *completion)
{
    (void)context;
    completion->start = 0;
    if (cursor > 0 && line[0] == 'a') {
        strings_add(&completion->candidates, "alpha1");
        strings_add(&completion->candidates, "alpha2");
    } else if (cursor > 0) {
        strings_add(&completion->candidates, line[0] == 'f' ? "folder/" : "single");
    }
}

/* Types into a fresh line. The result is of the last key. */
static enum edit_result type(const char *keys)
{
    enum edit_result result = EDIT_MORE;
    drawn = 0;
    editor_start(&editor, "$ ");
    for (; *keys; keys++) {
        assert(result == EDIT_MORE);
        result = editor_key(&editor, *keys);
    }
    return result;
}

static void check(const char *keys, const char *line, size_t cursor)
{
    assert(type(keys) == EDIT_MORE);
    assert(strcmp(editor.line, line) == 0 && editor.length == strlen(line) && editor.cursor == cursor);
    if (editor.length < 70) {
        assert(memcmp(row, "$ ", 2) == 0 && strcmp(row + 2, line) == 0);
        assert(column == 2 + cursor);
    }
}

static void test_keys(void)
{
    check("abc", "abc", 3);
    check("abc\x7f", "ab", 2);
    check("\x7f\x1b[D\x1b[C", "", 0);
    check("ac\x1b[Db", "abc", 2);
    check("bc\x01"
          "a",
          "abc", 1);
    check("ab\x01\x05"
          "c",
          "abc", 3);
    check("abcd\x1b[D\x1b[D\x0b", "ab", 2);
    check("abcd\x1b[D\x1b[D\x15", "cd", 0);
    check("one two  \x17", "one ", 4);
    check("abc\x1b[H\x1b[3~", "bc", 0);
    check("abc\x1b[1~x\x1b[4~y", "xabcy", 5);
    check("abc\x1bOHx\x1bOFy", "xabcy", 5);
    check("abc\x02\x02\x04", "ac", 1);
    check("a\x1b[99zb\x1b[1;5Cc\x1bqd", "abcd", 4);
    check("a\x01\x02\x0e\x10"
          "b",
          "ba", 1);
}

static void test_results(void)
{
    assert(type("ls\r") == EDIT_DONE && strcmp(editor.line, "ls") == 0);
    assert(type("ls\x03") == EDIT_CANCELLED && type("\x04") == EDIT_END && type("a\n") == EDIT_DONE);
}

static void test_history(void)
{
    type("first\r");
    type("second\r");
    type("second\r");
    type("\r");
    check("\x1b[A", "second", 6);
    check("\x1b[A\x1b[A", "first", 5);
    check("typed\x1b[A\x1b[A\x1b[B\x1b[B", "typed", 5);
    check("typed\x1b[B", "typed", 5);
    for (unsigned i = 0; i < 150; i++) {
        char line[16];
        snprintf(line, sizeof(line), "line %u\r", i);
        type(line);
    }
    assert(strcmp(history_get(&editor.history, 1), "line 149") == 0);
    assert(strcmp(history_get(&editor.history, 100), "line 50") == 0 && !history_get(&editor.history, 101));
}

static void test_completion(void)
{
    check("s\t", "single ", 7);
    check("f\t", "folder/", 7);
    check("a\t", "alpha", 5);
    check("a\t\t", "alpha", 5);
    check("\t", "", 0);
}

static void test_long_lines(void)
{
    char keys[EDIT_LINE + 100];
    memset(keys, 'x', sizeof(keys) - 1);
    keys[sizeof(keys) - 1] = 0;
    check(keys, editor.line, EDIT_LINE - 1);
    assert(drawn < 4 * EDIT_LINE);
    editor_key(&editor, 0x01);
    assert(editor.cursor == 0 && column == 2);
    strcpy(keys + 200, "\xc3\xa4\x1b[Db\x7f\x1b[C\x7f");
    type(keys);
    assert(editor.length == 200);
}

int main(void)
{
    editor.draw = draw;
    editor.complete = complete;
    test_keys();
    test_results();
    test_history();
    test_completion();
    test_long_lines();
    return 0;
}
