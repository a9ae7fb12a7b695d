/*
 * Watchers: threads of high priority that wake up every millisecond and note how late. So a story learns whether what
 * it does keeps others from their CPU for longer than a step of the kernel may take.
 */
#pragma once
#include "tests/guest/harness/story.h"

/* One on each CPU of a mask. */
void watchers_begin(uint64_t cpus);
/* Fails the story if one was late by more than a step may take; on a busy host, by more than a second. */
void nobody_was_late(void);
