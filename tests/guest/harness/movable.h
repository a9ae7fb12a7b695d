/*
 * Movable Memory for stories: pages that each begin with a tag of their own, so that it can be seen where a page went.
 */
#pragma once
#include "tests/guest/harness/story.h"

#define READ_WRITE (RIGHT_READ | RIGHT_WRITE)

struct movable {
    handle_t memory;
    char *place; /* where it is mapped, whole */
    uint64_t pages;
};

/* Pages somewhere, writable; page i begins with tag + i. Fails the story if there is no room. */
struct movable movable(uint64_t pages, uint64_t tag);

/* The same at a place that is free. */
struct movable movable_at(char *place, uint64_t pages, uint64_t tag);

/* The first word of page i of those at `place`. */
static inline uint64_t *tag_of(const void *place, uint64_t i)
{
    return (uint64_t *)((uintptr_t)place + i * PAGE_SIZE);
}

/* Each of these pages begins with tag + its number, or the story fails. */
void expect_tags(const void *place, uint64_t pages, uint64_t tag);

/* A clone where the story's threads run, that runs at once when it can. It has a capability of an endpoint made for it:
 * its handle there is PARTNER_ENDPOINT, 0 until it has it. */
handle_t moving_partner(void (*run)(void *argument), handle_t *endpoint);
#define PARTNER_ENDPOINT board->cells[0]
#define PARTNER_PRIORITY 20
