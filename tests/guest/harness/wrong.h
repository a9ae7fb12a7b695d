/*
 * The scene for page moves that must not be: our pages and theirs, and every kind of range that is neither.
 */
#pragma once
#include "tests/guest/harness/movable.h"

extern struct movable ours, theirs; /* 8 pages each, with tags from 100 and from 2000 on */
extern handle_t endpoint;           /* fresh */

/* Ranges that nobody may move, or offer as a window; and what a sender is told. */
#define WRONG_RANGES 19
extern struct wrong {
    struct page_range range;
    int status;
} wrong[WRONG_RANGES];

/* Makes all of it. */
void set_the_scene(void);
/* Nothing of ours or theirs has moved. */
void expect_as_before(void);

static inline struct page_range range_at(const void *place, uint64_t pages)
{
    return (struct page_range){(uint64_t)place, pages};
}

/* A message with which these pages shall move. */
static inline struct message moving(struct page_range range)
{
    struct message m = message(1);
    message_move(&m, (void *)range.address, range.pages);
    return m;
}
