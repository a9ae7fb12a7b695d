#include "servers/console/line.h"
#include <string.h>

#define CONTROL(letter) ((letter)&0x1f)
#define DELETE          0x7f
#define LINE_MARK       0x100 /* in the ready ring: Ctrl-D, the end of what was typed before it */

static void echo(struct line *line, const char *bytes, unsigned count)
{
    line->owner.echo(line->owner.context, bytes, count);
}

/* Columns that the echo of a byte takes. The later bytes of a UTF-8 sequence take none of their own. */
static unsigned echo_width(uint8_t byte)
{
    if (byte < 0x20 || byte == DELETE)
        return 2;
    return (byte & 0xc0) == 0x80 ? 0 : 1;
}

static void echo_byte(struct line *line, uint8_t byte)
{
    if (echo_width(byte) == 2)
        echo(line, (char[]){'^', (char)(byte ^ 0x40)}, 2);
    else
        echo(line, (char *)&byte, 1);
}

/* Removes the last character: a byte, or a UTF-8 sequence. Needs length > 0. */
static void erase_character(struct line *line)
{
    uint8_t byte;
    do {
        byte = (uint8_t)line->edit[--line->length];
        for (unsigned i = 0; i < echo_width(byte); i++)
            echo(line, "\b \b", 3);
    } while ((byte & 0xc0) == 0x80 && line->length > 0);
}

static void erase_word(struct line *line)
{
    while (line->length > 0 && line->edit[line->length - 1] == ' ')
        erase_character(line);
    while (line->length > 0 && line->edit[line->length - 1] != ' ')
        erase_character(line);
}

/* Hands the line being typed to the readers; needs room for all of it. */
static void release_edit(struct line *line)
{
    for (unsigned i = 0; i < line->length; i++)
        ring_put(&line->ready, (uint8_t)line->edit[i]);
    line->length = 0;
}

static void interrupt(struct line *line)
{
    line->length = 0;
    echo(line, "^C\n", 3);
    line->owner.interrupt(line->owner.context);
}

static void append(struct line *line, uint8_t byte)
{
    if (line->length == LINE_SIZE) {
        echo(line, "\a", 1);
        return;
    }
    line->edit[line->length++] = (char)byte;
    echo_byte(line, byte);
}

static void input_cooked(struct line *line, uint8_t byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        echo(line, "\n", 1);
        release_edit(line);
        ring_put(&line->ready, '\n');
        break;
    case CONTROL('D'):
        release_edit(line);
        ring_put(&line->ready, LINE_MARK);
        break;
    case '\b':
    case DELETE:
        if (line->length > 0)
            erase_character(line);
        break;
    case CONTROL('W'):
        erase_word(line);
        break;
    case CONTROL('U'):
        while (line->length > 0)
            erase_character(line);
        break;
    case CONTROL('C'):
        interrupt(line);
        break;
    default:
        append(line, byte);
    }
}

void line_init(struct line *line, struct line_owner owner)
{
    line->owner = owner;
    line->raw = false;
    line->length = 0;
    ring_clear(&line->ready);
}

void line_adopt(struct line *line, struct line_owner owner)
{
    line->owner = owner;
}

bool line_has_room(const struct line *line)
{
    return ring_count(&line->ready) < RING_SIZE / 2 - LINE_SIZE;
}

void line_input(struct line *line, uint8_t byte)
{
    if (line->raw)
        ring_put(&line->ready, byte);
    else
        input_cooked(line, byte);
}

static char byte_of(uint16_t cell)
{
    return cell == LINE_MARK ? CONTROL('D') : (char)cell;
}

/*
 * The bytes typed ahead while raw, edited again. Each pass takes one cell before it puts any, and the line in `edit`
 * came from taken cells too, so the ring never overflows; the pass ends with the cells that were there at first.
 */
static void edit_again(struct line *line)
{
    uint64_t end = line->ready.put;
    while (line->ready.taken < end) {
        uint16_t cell = ring_peek(&line->ready, 0);
        ring_drop(&line->ready, 1);
        input_cooked(line, (uint8_t)byte_of(cell));
    }
}

void line_set_mode(struct line *line, bool raw)
{
    if (raw == line->raw)
        return;
    line->raw = raw;
    if (raw)
        release_edit(line);
    else
        edit_again(line);
}

bool line_is_ready(const struct line *line)
{
    return ring_count(&line->ready) > 0;
}

static unsigned peek_raw(const struct line *line, char *bytes, unsigned size, unsigned *cells)
{
    unsigned count = ring_count(&line->ready) < size ? ring_count(&line->ready) : size;
    for (unsigned i = 0; i < count; i++)
        bytes[i] = byte_of(ring_peek(&line->ready, i));
    return *cells = count;
}

unsigned line_peek(const struct line *line, char *bytes, unsigned size, unsigned *cells)
{
    if (line->raw)
        return peek_raw(line, bytes, size, cells);
    unsigned count = 0, available = ring_count(&line->ready);
    while (count < available && count < size && ring_peek(&line->ready, count) != LINE_MARK) {
        bytes[count] = (char)ring_peek(&line->ready, count);
        if (bytes[count++] == '\n')
            return *cells = count;
    }
    /* a mark right after the bytes only ends them; alone it is the end of file */
    bool marked = count < available && ring_peek(&line->ready, count) == LINE_MARK;
    *cells = count + marked;
    return count;
}

void line_take(struct line *line, unsigned cells)
{
    ring_drop(&line->ready, cells);
}

void line_give_back(struct line *line, unsigned cells)
{
    line->ready.taken -= cells;
}

bool line_has(const struct line *line, uint64_t from)
{
    return line->ready.put - from <= RING_SIZE;
}

void line_recall(const struct line *line, uint64_t from, char *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        bytes[i] = byte_of(line->ready.cells[(from + i) % RING_SIZE]);
}
