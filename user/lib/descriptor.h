/*
 * The table of descriptors, for descriptor.c and transfer.c.
 */
#pragma once
#include "user/lib/file.h"

struct descriptor {
    bool open;
    handle_t handle; /* owned; 0: at end of file, swallows output */
    uint64_t offset; /* of the next read or write */
    unsigned flags;  /* OPEN_APPEND or 0 */
};

/* The row of an open descriptor, 0 if it is none. One thread at a time uses a descriptor. */
struct descriptor *descriptor_find(int number);
