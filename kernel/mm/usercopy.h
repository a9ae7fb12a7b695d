/*
 * The only code that touches user memory. Addresses are checked page by page through the page tables, so a bad pointer
 * shortens the count and nothing else. Never pages in. Context: kernel lock held.
 */
#pragma once
#include "kernel/mm/space.h"

/* Each returns the bytes copied before the first inaccessible one; `length` is bounded by the caller. */
uint64_t copy_from_user(struct space *space, void *to, uint64_t from, uint64_t length);
/* Straight from one space to another: one copy where a pipe makes two. */
uint64_t copy_between_users(struct space *from_space, uint64_t from, struct space *to_space, uint64_t to,
                            uint64_t length);
