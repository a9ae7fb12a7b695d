/*
 * Takes the place of the kernel's own check.h in tests on the host: a failed check ends the test, or is what a test
 * expects (expect_assert_failure of cmocka).
 */
#pragma once
#include "tests/host/kernel/unit.h"

#define COLD  __attribute__((noinline))
#define APART __attribute__((noinline))

#define CHECK(condition) mock_assert((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define panic(...)       mock_assert(0, "panic", __FILE__, __LINE__)
