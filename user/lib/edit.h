/*
 * The line editor: a state machine fed with the bytes of a terminal in raw mode; it draws through a sink, which makes
 * a fresh row of each newline.
 *
 * Typical: editor_start(&editor, "$ "); then editor_key() for each byte until the result is not EDIT_MORE; the line is
 * in editor.line. Keys: arrows, Home, End, Delete, Backspace, Tab, ^A ^B ^E ^F ^H ^K ^L ^N ^P ^U ^W, ^C, ^D.
 * Text is UTF-8: the cursor moves by whole characters, each taken to be one column wide. A long line scrolls sideways.
 */
#pragma once
#include "user/lib/history.h"
#include "user/lib/strings.h"

#define EDIT_LINE    4096 /* bytes, the zero included */
#define EDIT_COLUMNS 80   /* of the terminal */

enum edit_result {
    EDIT_MORE,      /* the line is not finished */
    EDIT_DONE,      /* Enter */
    EDIT_CANCELLED, /* Ctrl-C */
    EDIT_END,       /* Ctrl-D on an empty line */
};

/* What may stand in the place of the word that ends at the cursor. */
struct completion {
    size_t start;              /* of the word, in the line */
    struct strings candidates; /* whole words as they would be typed, sorted */
};

struct editor {
    /* set by the user of the editor, kept from line to line */
    void (*draw)(void *context, const char *bytes, size_t length);
    void (*complete)(void *context, const char *line, size_t cursor, struct completion *completion);
    void *context;
    struct history history;

    /* the line; also for the user, between lines */
    char line[EDIT_LINE];
    size_t length;

    /* the editor's own */
    const char *prompt;
    size_t cursor;          /* byte in the line */
    size_t start;           /* of the part that is shown */
    unsigned history_index; /* 0: the line itself, 1: the last one before it, ... */
    char unfinished[EDIT_LINE];
    char escape[8]; /* an escape sequence so far */
    unsigned escape_length;
};

/* Begins an empty line and draws the prompt, which must stay valid until the line ends. */
void editor_start(struct editor *editor, const char *prompt);

/* Takes one byte from the terminal. After anything but EDIT_MORE the cursor is on a fresh row. */
enum edit_result editor_key(struct editor *editor, char byte);
