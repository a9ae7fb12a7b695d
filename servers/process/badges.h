/*
 * What a badge of the process server's endpoint says: who it is about, and what it is good for.
 *
 *   kind         held by                  good for
 *   PARENT       each program (0: init)   starting programs; listing; ending any by its number
 *   CHILD        whoever started it       waiting for that program, ending it
 *   FAULT        the kernel               telling that the program faulted or exited
 *
 * Badges are chosen here and delivered by the kernel: nobody can claim to be another. The system has one user, so every
 * program may end every other; between users, this is the place to look.
 */
#pragma once
#include <stdint.h>

enum badge_kind { BADGE_PARENT = 0, BADGE_CHILD = 1, BADGE_FAULT = 2 };

static inline uint64_t badge_make(enum badge_kind kind, uint32_t number)
{
    return (uint64_t)kind << 32 | number;
}

static inline uint32_t badge_number(uint64_t badge)
{
    return (uint32_t)badge;
}

static inline uint64_t badge_kind(uint64_t badge)
{
    return badge >> 32;
}
