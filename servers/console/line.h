/*
 * The line discipline: what becomes of typed bytes before a reader gets them. Pure: no device, no message.
 *
 * cooked   the line being typed is edited here and echoed; a reader gets whole lines. Enter ends a line, Ctrl-D gives
 *          what is typed so far without an end (nothing typed: end of file), Backspace, Ctrl-W and Ctrl-U erase a
 *          character, a word, the line; Ctrl-C drops the line and interrupts.
 * raw      a reader gets the bytes as they come; no echo, no meaning.
 *
 * Nothing typed is lost: the owner gives a byte only while line_has_room(), and a reader's bytes are looked at first
 * (line_peek) and removed only when the reader has them (line_take). Bytes typed ahead survive a change of mode: going
 * to cooked they are edited as if typed now, going to raw the unfinished line is given out as it stands.
 * Typical: line_init; then line_input for each byte; line_peek, deliver, line_take for each reader.
 */
#pragma once
#include "servers/console/ring.h"
#include <stdbool.h>

#define LINE_SIZE 1024 /* bytes of the line being typed; more are refused with a bell */

/* The most bytes that one typed byte can cause as echo: Ctrl-U over a line of control characters, and some. */
#define LINE_ECHO_MOST (LINE_SIZE * 6 + 8)

/* How the discipline reaches its owner. */
struct line_owner {
    void (*echo)(void *context, const char *bytes, unsigned count);
    void (*interrupt)(void *context); /* Ctrl-C in cooked mode */
    void *context;
};

struct line {
    struct line_owner owner;
    bool raw;
    char edit[LINE_SIZE];
    unsigned length;   /* of edit */
    struct ring ready; /* bytes for readers, and LINE_MARK cells (line.c) */
};

/* Starts in cooked mode, empty. */
void line_init(struct line *line, struct line_owner owner);

/* Goes on as the line stands, which a former owner left in memory. */
void line_adopt(struct line *line, struct line_owner owner);

/*
 * May a byte be given? False only while readers leave half of RING_SIZE typed bytes unread. The other half is free, so
 * that nothing is overwritten before an owner that keeps the line has noted that it was taken, whatever is edited
 * again.
 */
bool line_has_room(const struct line *line);

/* One typed byte. Needs line_has_room(), and room for LINE_ECHO_MOST bytes of echo. */
void line_input(struct line *line, uint8_t byte);

/* Changes the mode. Echoes what was typed ahead: of that, the owner may leave out what it has no room for. */
void line_set_mode(struct line *line, bool raw);

/* Is there something for a reader, be it the end of file? */
bool line_is_ready(const struct line *line);

/*
 * Copies what a reader with room for `size` > 0 bytes gets to `bytes`: in cooked mode at most one line. Returns the
 * count, 0 = end of file, and stores in *cells what to hand to line_take when the reader has received it.
 * Needs line_is_ready().
 */
unsigned line_peek(const struct line *line, char *bytes, unsigned size, unsigned *cells);
void line_take(struct line *line, unsigned cells);

/* Gives the last `cells` that were taken back. */
void line_give_back(struct line *line, unsigned cells);

/* Are the cells from the position `from` on (as of ready.put), which were taken, still there? Then line_recall copies
 * the first `count` bytes of them once more. */
bool line_has(const struct line *line, uint64_t from);
void line_recall(const struct line *line, uint64_t from, char *bytes, unsigned count);
