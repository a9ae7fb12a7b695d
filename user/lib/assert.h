/*
 * Checks of what must be true; always compiled in.
 */
#pragma once

/* Says what failed and where on stderr, then ends the process by abort(). */
_Noreturn void assert_failed(const char *condition, const char *file, int line);

#define assert(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__))
#define static_assert _Static_assert
