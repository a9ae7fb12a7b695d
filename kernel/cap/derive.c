/*
 * The derivation tree. Pure: also built on the host (tests/host).
 */
#include "kernel/cap/derive.h"

#define PARENT_TAG 1ul

static bool is_parent(uintptr_t pointer)
{
    return pointer & PARENT_TAG;
}

static struct node *untag(uintptr_t pointer)
{
    return (struct node *)(pointer & ~PARENT_TAG);
}

static uintptr_t parent_pointer(struct node *parent)
{
    return (uintptr_t)parent | PARENT_TAG;
}

void node_init(struct node *node)
{
    *node = (struct node){0};
}

void node_insert(struct node *parent, struct node *child)
{
    child->first = child->last = 0;
    child->next = parent_pointer(parent);
    child->previous = parent->last ? (uintptr_t)parent->last : parent_pointer(parent);
    if (parent->last)
        parent->last->next = (uintptr_t)child;
    else
        parent->first = child;
    parent->last = child;
}

/* Makes what `previous` names (a sibling, or the parent whose first child it is) point forward to `node`. */
static void set_forward(uintptr_t previous, uintptr_t node)
{
    if (is_parent(previous))
        untag(previous)->first = is_parent(node) ? 0 : (struct node *)node;
    else
        untag(previous)->next = node;
}

static void set_backward(uintptr_t next, uintptr_t node)
{
    if (is_parent(next))
        untag(next)->last = is_parent(node) ? 0 : (struct node *)node;
    else
        untag(next)->previous = node;
}

struct node *node_remove(struct node *node)
{
    struct node *childless = 0;

    if (!node_is_root(node)) {
        if (node->first) {
            node->first->previous = node->previous;
            node->last->next = node->next;
            set_forward(node->previous, (uintptr_t)node->first);
            set_backward(node->next, (uintptr_t)node->last);
        } else {
            if (is_parent(node->previous) && is_parent(node->next))
                childless = untag(node->previous);
            set_forward(node->previous, node->next);
            set_backward(node->next, node->previous);
        }
    }
    node_init(node);
    return childless;
}

void node_replace(struct node *from, struct node *to)
{
    *to = *from;
    if (!node_is_root(to)) {
        set_forward(to->previous, (uintptr_t)to);
        set_backward(to->next, (uintptr_t)to);
    }
    if (to->first) {
        to->first->previous = parent_pointer(to);
        to->last->next = parent_pointer(to);
    }
    node_init(from);
}
