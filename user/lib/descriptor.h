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

extern struct descriptor descriptor_table[DESCRIPTORS];
extern bool descriptors_are_ready; /* 0, 1 and 2 are as given at the start */
void descriptors_prepare(void);

/* The row of an open descriptor, 0 if it is none. One thread at a time uses a descriptor, and rows stay where they are:
 * so no mutex is needed. */
static inline struct descriptor *descriptor_find(int number)
{
    if (!__atomic_load_n(&descriptors_are_ready, __ATOMIC_ACQUIRE)) /* pairs with the store in descriptors_prepare() */
        descriptors_prepare();
    return number >= 0 && number < DESCRIPTORS && descriptor_table[number].open ? &descriptor_table[number] : 0;
}
