/*
 * A message's words, from thread to thread.
 */
#pragma once
#include "kernel/base/memory.h"
#include "kernel/sched/thread.h"

/* Zeroes the register words past the first `count`. */
static inline void clear_words(struct frame *frame, unsigned count)
{
    switch (count) {
    case 0:
        frame->r10 = 0;
        /* fall through */
    case 1:
        frame->r8 = 0;
        /* fall through */
    case 2:
        frame->r9 = 0;
        /* fall through */
    case 3:
        frame->rbx = 0;
        /* fall through */
    case 4:
        frame->r12 = 0;
        /* fall through */
    case 5:
        frame->r13 = 0;
        /* fall through */
    case 6:
        frame->r14 = 0;
        /* fall through */
    case 7:
        frame->r15 = 0;
    }
}

/* The words of a message that are in the sender's frame, to the receiver's. */
static inline void copy_words(const struct thread *from, struct thread *to, unsigned count)
{
    const struct frame *source = &from->frame;
    struct frame *target = &to->frame;

    target->r10 = source->r10;
    target->r8 = source->r8;
    target->r9 = source->r9;
    target->rbx = source->rbx;
    target->r12 = source->r12;
    target->r13 = source->r13;
    target->r14 = source->r14;
    target->r15 = source->r15;
    clear_words(target, count);
}

/* Those that travel in the message page. */
static inline void copy_more_words(const struct thread *from, struct thread *to, unsigned count)
{
    memory_copy(to->page->words + MESSAGE_REGISTER_WORDS, from->page->words + MESSAGE_REGISTER_WORDS,
                (count - MESSAGE_REGISTER_WORDS) * sizeof(uint64_t));
}
