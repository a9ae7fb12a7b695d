/*
 * The frame of a guest test: a program that runs inside, tells one line a story, and ends with the count.
 *
 *   static void a_stale_handle_is_refused(void)
 *   {
 *       handle_t memory;
 *       CHECK(sys_memory_create(SELF, 1, 0, &memory) == OK);
 *       ...
 *   }
 *   int main(void)
 *   {
 *       RUN(a_stale_handle_is_refused);
 *       return finish();
 *   }
 *
 * Prints "ok NAME" or "FAIL NAME: file:line: what did not hold", and last "N passed, N failed". A story ends at its
 * first failed CHECK; the others still run. tests/system/test_guest.py runs every program of tests/guest at 1 and
 * 4 CPUs.
 */
#pragma once
#include <stdio.h>

static unsigned checks_passed, checks_failed;
static const char *check_failure; /* of the running story: what did not hold; 0 so far */
static const char *check_file;
static int check_line;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            check_failure = #condition;                                                                                \
            check_file = __FILE__;                                                                                     \
            check_line = __LINE__;                                                                                     \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

#define RUN(story) run_story(#story, story)

static void run_story(const char *name, void (*story)(void))
{
    check_failure = NULL;
    story();
    if (check_failure == NULL) {
        printf("ok %s\n", name);
        checks_passed++;
    } else {
        printf("FAIL %s: %s:%d: %s\n", name, check_file, check_line, check_failure);
        checks_failed++;
    }
}

/* Prints the count; what main() is to return. */
static int finish(void)
{
    printf("%u passed, %u failed\n", checks_passed, checks_failed);
    return checks_failed == 0 ? 0 : 1;
}
