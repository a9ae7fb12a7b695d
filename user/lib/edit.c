/*
 * The line editor. Every change ends in a redraw of the row, but for the commonest: a character typed at the end.
 */
#include "user/lib/edit.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define CONTROL(letter) ((letter) - '@')
#define ESCAPE          0x1b
#define DELETE          0x7f

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The number of characters, that is columns, in `length` bytes. */
static size_t columns(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += !is_continuation(text[i]);
    return count;
}

/* Where the character before `position` starts. */
static size_t before(const struct editor *editor, size_t position)
{
    while (position > 0 && is_continuation(editor->line[--position]))
        ;
    return position;
}

/* Where the character after the one at `position` starts. */
static size_t after(const struct editor *editor, size_t position)
{
    if (position < editor->length)
        position++;
    while (position < editor->length && is_continuation(editor->line[position]))
        position++;
    return position;
}

static void draw_text(struct editor *editor, const char *text)
{
    editor->draw(editor->context, text, strlen(text));
}

/* Columns that the line has beside the prompt; at least some, however long the prompt is. */
static size_t view_width(const struct editor *editor)
{
    size_t prompt = columns(editor->prompt, strlen(editor->prompt));
    return prompt + 20 < EDIT_COLUMNS ? EDIT_COLUMNS - 1 - prompt : EDIT_COLUMNS - 1;
}

/* If the cursor has left the part that is shown, shows another one with the cursor in its middle: so a line that is
 * typed scrolls now and then, and not with each key. */
static void scroll(struct editor *editor)
{
    size_t width = view_width(editor);
    bool is_left = editor->start > 0 && editor->cursor <= editor->start;
    if (!is_left && columns(editor->line + editor->start, editor->cursor - editor->start) <= width)
        return;
    editor->start = editor->cursor;
    for (size_t i = 0; i < width / 2; i++)
        editor->start = before(editor, editor->start);
}

/* Draws the whole row: prompt, the part of the line around the cursor, and the cursor in its place. */
static void redraw(struct editor *editor)
{
    scroll(editor);
    size_t width = view_width(editor), start = editor->start, end;
    for (end = editor->cursor; end < editor->length && columns(editor->line + start, end - start) < width;)
        end = after(editor, end);
    draw_text(editor, "\r\x1b[K");
    if (width < EDIT_COLUMNS - 1)
        draw_text(editor, editor->prompt);
    editor->draw(editor->context, editor->line + start, end - start);
    size_t back = columns(editor->line + editor->cursor, end - editor->cursor);
    char move[24];
    snprintf(move, sizeof(move), "\x1b[%zuD", back);
    if (back > 0)
        draw_text(editor, move);
}

void editor_start(struct editor *editor, const char *prompt)
{
    editor->prompt = prompt;
    editor->length = editor->cursor = editor->start = 0;
    editor->line[0] = 0;
    editor->history_index = 0;
    editor->escape_length = 0;
    redraw(editor);
}

/* Replaces the bytes from `start` to `end` by `text`; the cursor goes behind it. Nothing happens if it does not fit. */
static void replace(struct editor *editor, size_t start, size_t end, const char *text)
{
    size_t size = strlen(text);
    if (editor->length - (end - start) + size >= EDIT_LINE)
        return;
    memmove(editor->line + start + size, editor->line + end, editor->length - end + 1);
    memcpy(editor->line + start, text, size);
    editor->length = editor->length - (end - start) + size;
    editor->cursor = start + size;
}

static void insert_byte(struct editor *editor, char byte)
{
    const char text[2] = {byte, 0};
    size_t length = editor->length;
    bool at_end = editor->cursor == length;
    replace(editor, editor->cursor, editor->cursor, text);
    if (editor->length == length)
        return; /* the line is full */
    if (at_end && columns(editor->line + editor->start, editor->length - editor->start) <= view_width(editor))
        draw_text(editor, text);
    else
        redraw(editor);
}

static void remove_range(struct editor *editor, size_t start, size_t end)
{
    replace(editor, start, end, "");
    redraw(editor);
}

/* Where the word before the cursor starts. */
static size_t word_start(const struct editor *editor)
{
    size_t position = editor->cursor;
    while (position > 0 && editor->line[position - 1] == ' ')
        position--;
    while (position > 0 && editor->line[position - 1] != ' ')
        position--;
    return position;
}

static void move_to(struct editor *editor, size_t position)
{
    editor->cursor = position;
    redraw(editor);
}

/* Shows an older (1) or newer (-1) line; the one being typed is kept and comes back. */
static void browse(struct editor *editor, int direction)
{
    unsigned index = editor->history_index + (unsigned)direction;
    if (editor->history_index == 0 && direction < 0)
        return;
    const char *text = index == 0 ? editor->unfinished : history_get(&editor->history, index);
    if (!text)
        return;
    if (editor->history_index == 0)
        strcpy(editor->unfinished, editor->line);
    editor->history_index = index;
    replace(editor, 0, editor->length, text);
    redraw(editor);
}

/* How many bytes all candidates have in common at their start. */
static size_t common_length(const struct strings *candidates)
{
    size_t length = strlen(candidates->items[0]);
    for (size_t i = 1; i < candidates->count; i++)
        for (size_t j = 0; j < length; j++)
            if (candidates->items[i][j] != candidates->items[0][j])
                length = j;
    return length;
}

/* Shows the candidates below the line. */
static void draw_candidates(struct editor *editor, const struct strings *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        draw_text(editor, i ? "  " : "\n");
        draw_text(editor, candidates->items[i]);
    }
    draw_text(editor, "\n");
}

/* Tab: puts in what all candidates agree on, and shows them when that brings nothing new. */
static void complete(struct editor *editor)
{
    struct completion completion = {0};
    editor->complete(editor->context, editor->line, editor->cursor, &completion);
    const struct strings *candidates = &completion.candidates;
    if (candidates->count > 0) {
        char text[EDIT_LINE];
        size_t length = common_length(candidates), typed = editor->cursor - completion.start;
        snprintf(text, sizeof(text), "%.*s", (int)length, candidates->items[0]);
        if (candidates->count == 1 && (length == 0 || text[length - 1] != '/'))
            strlcpy(text + length, " ", sizeof(text) - length);
        else if (length <= typed)
            draw_candidates(editor, candidates);
        replace(editor, completion.start, editor->cursor, text);
        redraw(editor);
    }
    strings_free(&completion.candidates);
}

/* What an escape sequence (after ESC, up to its last byte) asks for. */
static void escape_command(struct editor *editor, char last)
{
    unsigned number = editor->escape_length > 1 ? (unsigned)(editor->escape[1] - '0') : 0;
    if (last == 'A' || last == 'B')
        browse(editor, last == 'A' ? 1 : -1);
    else if (last == 'C')
        move_to(editor, after(editor, editor->cursor));
    else if (last == 'D')
        move_to(editor, before(editor, editor->cursor));
    else if (last == 'H' || (last == '~' && (number == 1 || number == 7)))
        move_to(editor, 0);
    else if (last == 'F' || (last == '~' && (number == 4 || number == 8)))
        move_to(editor, editor->length);
    else if (last == '~' && number == 3)
        remove_range(editor, editor->cursor, after(editor, editor->cursor));
}

/* A byte inside an escape sequence: ESC [ digits letter, or ESC O letter. Others end it without effect. */
static void escape_key(struct editor *editor, char byte)
{
    bool introduces = editor->escape_length == 1 && (byte == '[' || byte == 'O');
    bool goes_on = editor->escape_length > 1 && (isdigit(byte) || byte == ';');
    if ((introduces || goes_on) && editor->escape_length < sizeof(editor->escape)) {
        editor->escape[editor->escape_length - 1] = byte;
        editor->escape_length++;
        return;
    }
    if (editor->escape_length > 1) {
        editor->escape_length--;
        escape_command(editor, byte);
    }
    editor->escape_length = 0;
}

/* Ends the line on the screen, with the cursor behind it. */
static enum edit_result finish(struct editor *editor, const char *mark, enum edit_result result)
{
    if (editor->cursor != editor->length)
        move_to(editor, editor->length);
    draw_text(editor, mark);
    draw_text(editor, "\n");
    if (result == EDIT_DONE)
        history_add(&editor->history, editor->line);
    return result;
}

/* Keys that change the line or the cursor. false: it is none of them. */
static bool editing_key(struct editor *editor, char byte)
{
    switch (byte) {
    case CONTROL('A'):
        move_to(editor, 0);
        return true;
    case CONTROL('B'):
        move_to(editor, before(editor, editor->cursor));
        return true;
    case CONTROL('E'):
        move_to(editor, editor->length);
        return true;
    case CONTROL('F'):
        move_to(editor, after(editor, editor->cursor));
        return true;
    case CONTROL('H'):
    case DELETE:
        remove_range(editor, before(editor, editor->cursor), editor->cursor);
        return true;
    case CONTROL('K'):
        remove_range(editor, editor->cursor, editor->length);
        return true;
    case CONTROL('U'):
        remove_range(editor, 0, editor->cursor);
        return true;
    case CONTROL('W'):
        remove_range(editor, word_start(editor), editor->cursor);
        return true;
    default:
        return false;
    }
}

/* Keys that do something else. */
static void other_key(struct editor *editor, char byte)
{
    switch (byte) {
    case CONTROL('D'):
        remove_range(editor, editor->cursor, after(editor, editor->cursor));
        break;
    case CONTROL('L'):
        draw_text(editor, "\x1b[H\x1b[2J");
        redraw(editor);
        break;
    case CONTROL('N'):
        browse(editor, -1);
        break;
    case CONTROL('P'):
        browse(editor, 1);
        break;
    case '\t':
        complete(editor);
        break;
    case ESCAPE:
        editor->escape_length = 1;
        break;
    default:
        if ((unsigned char)byte >= ' ')
            insert_byte(editor, byte);
    }
}

enum edit_result editor_key(struct editor *editor, char byte)
{
    if (editor->escape_length > 0) {
        escape_key(editor, byte);
        return EDIT_MORE;
    }
    if (byte == '\r' || byte == '\n')
        return finish(editor, "", EDIT_DONE);
    if (byte == CONTROL('C'))
        return finish(editor, "^C", EDIT_CANCELLED);
    if (byte == CONTROL('D') && editor->length == 0)
        return finish(editor, "", EDIT_END);
    if (!editing_key(editor, byte))
        other_key(editor, byte);
    return EDIT_MORE;
}
