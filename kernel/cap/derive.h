/*
 * The derivation tree: which capability was derived from which.
 *
 * A node keeps its first and last child and its two siblings. The two ends of a list of siblings point to the parent
 * instead, tagged with bit 0. So inserting a child, and deleting a node while its children are handed to its parent,
 * touch a fixed number of nodes, whatever the tree's size. Pure: no memory, no lock of its own.
 *
 *            parent                        delete b:           parent
 *      first |    | last                                 first |    | last
 *            a -- b -- c                                       a -- x -- y -- c
 *                 |
 *                 x -- y
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct node {
    struct node *first, *last; /* children; 0 if none */
    uintptr_t previous, next;  /* sibling, or parent | 1 at the ends; 0 for a root */
};

static inline bool node_has_children(const struct node *node)
{
    return node->first;
}

static inline bool node_is_root(const struct node *node)
{
    return node->previous == 0;
}

/* Makes `node` a root without children. */
void node_init(struct node *node);
/* Makes `child` (fresh) the last child of `parent`. */
void node_insert(struct node *parent, struct node *child);
/* Takes `node` out and puts its children in its place. Returns the parent if `node` was its only child and had no
 * children, so that the parent is childless now; else 0. A root must have no children. */
struct node *node_remove(struct node *node);
/* Puts `to` (fresh) in the place of `from` with all relations; `from` is fresh afterwards. */
void node_replace(struct node *from, struct node *to);
