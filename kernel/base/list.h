/*
 * Intrusive doubly linked lists: a link is embedded in the thing, a head is a link of its own.
 *
 * A link that is on no list points to itself, so list_remove() is safe on it and list_is_linked() can tell.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *next, *previous;
};

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline void list_init(struct link *link)
{
    link->next = link->previous = link;
}

static inline bool list_is_linked(const struct link *link)
{
    return link->next != link;
}

static inline bool list_is_empty(const struct link *head)
{
    return head->next == head;
}

static inline void list_insert_after(struct link *place, struct link *link)
{
    link->next = place->next;
    link->previous = place;
    place->next->previous = link;
    place->next = link;
}

static inline void list_append(struct link *head, struct link *link)
{
    list_insert_after(head->previous, link);
}

static inline void list_prepend(struct link *head, struct link *link)
{
    list_insert_after(head, link);
}

/* Out of its list; what the link says afterwards means nothing. */
static inline void list_take(struct link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
}

/* The same for the first of a list. */
static inline void list_take_first(struct link *head, struct link *first)
{
    struct link *second = first->next;

    head->next = second;
    second->previous = head;
}

static inline void list_remove(struct link *link)
{
    list_take(link);
    list_init(link);
}
