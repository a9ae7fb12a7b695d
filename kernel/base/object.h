/*
 * What all kernel objects have in common.
 *
 * An object is one page frame (Memory and Process own further frames), charged to the process whose table holds its
 * root capability. It lives exactly as long as that capability: deleting the root marks the object dead, deletes all
 * derived capabilities, takes the object apart in bounded steps (cap/destroy.c), and frees the frame.
 */
#pragma once
#include "kernel/abi/rights.h"
#include "kernel/abi/status.h"
#include "kernel/base/list.h"
#include <stdint.h>

struct slot;

/* An event that waits in an endpoint's queue; it lies in the thing it tells about, so it needs no buffer. */
enum event_type { EVENT_TYPE_DRAINED, EVENT_TYPE_EXIT };
struct event {
    struct link link;
    enum event_type type;
};

struct object {
    uint8_t type;       /* enum object_type */
    uint8_t lives_as;   /* the same while it lives; then OBJECT_NONE: only cap/destroy.c still touches it */
    struct slot *root;  /* the original capability */
    struct link doomed; /* on the worklist of cap/destroy.c if and only if it is dead */
};

static inline bool object_is_dead(const struct object *object)
{
    return object->lives_as == OBJECT_NONE;
}

/* Is it alive and of this type? */
static inline bool object_is(const struct object *object, enum object_type type)
{
    return object->lives_as == type;
}

/* What a kind of object adds to the common life cycle. The table is in kernel/objects.c. */
struct object_kind {
    const char *name;
    /* Frames that the holder of the root pays for, all told. */
    uint64_t (*charge)(const struct object *object);
    /* Takes apart at most `budget` pieces; true when nothing is left but the object's frame. */
    bool (*destroy_step)(struct object *object, unsigned budget);
    /* Endpoint only: queues an event for its receiver, unless it is queued already. */
    void (*post_event)(struct object *object, struct event *event);
};
extern const struct object_kind object_kinds[OBJECT_TYPES];

/* Pieces of work in one bounded step of a restarting call. */
#define STEP_BUDGET 32
