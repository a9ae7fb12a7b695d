/*
 * Records that may be cut off at any instruction (user/lib/kept.c).
 */
#include "user/lib/kept.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct record {
    uint64_t words[7];
};
#define WORDS KEPT_WORDS(struct record)

static uint64_t place[WORDS];

static struct record numbered(uint64_t number)
{
    struct record record;
    for (unsigned i = 0; i < 7; i++)
        record.words[i] = number * 1000 + i;
    return record;
}

/* The number of the record that is loaded, 0 if there is none. */
static uint64_t loaded(void)
{
    struct record record = {{77}};
    if (!kept_load(place, &record, sizeof(record))) {
        assert_int_equal(record.words[0], 77); /* as it was */
        return 0;
    }
    uint64_t number = record.words[0] / 1000;
    struct record expected = numbered(number);
    assert_memory_equal(&record, &expected, sizeof(record));
    return number;
}

static void store(uint64_t number)
{
    struct record record = numbered(number);
    assert_true(kept_store(place, &record, &record, sizeof(record)));
}

/* What a second record, made independently, does not confirm is not stored. */
static void two_that_differ_are_not_stored(void **state)
{
    (void)state;
    struct record record = numbered(2), other = numbered(2);
    store(1);
    other.words[6] ^= 1ul << 40;
    assert_false(kept_store(place, &record, &other, sizeof(record)));
    assert_int_equal(loaded(), 1);
}

static int start(void **state)
{
    (void)state;
    memset(place, 0, sizeof(place));
    return 0;
}

static void fresh_memory_holds_nothing(void **state)
{
    (void)state;
    assert_int_equal(loaded(), 0);
    memset(place, 0xff, sizeof(place));
    assert_int_equal(loaded(), 0);
}

static void the_last_one_counts(void **state)
{
    (void)state;
    for (uint64_t number = 1; number < 100; number++) {
        store(number);
        assert_int_equal(loaded(), number);
    }
}

/*
 * A store that is cut off has written some of a copy's words, in any order a compiler likes but for its first and its
 * last: whatever subset is there, the record is the former one in the first copy and the new one in the second, and the
 * next store works.
 */
static void a_store_that_is_cut_off_never_was(void **state)
{
    (void)state;
    srand(1);
    for (uint64_t number = 1; number < 3000; number++) {
        uint64_t after[WORDS];
        store(number + 1000000);
        memcpy(after, place, sizeof(place));
        store(number);
        bool in_first = number % 2;
        unsigned copy = in_first ? 0 : WORDS / 2;
        memcpy(place, after, copy * sizeof(place[0])); /* what is written by then */
        place[copy] = 0;                               /* the first thing that happens to a copy */
        for (unsigned i = copy + 1; i < copy + WORDS / 2; i++)
            if (rand() % 2)
                place[i] = after[i];
        assert_int_equal(loaded(), in_first ? number : number + 1000000);
    }
}

static void damage_to_one_copy_does_no_harm_and_to_both_is_noticed(void **state)
{
    (void)state;
    srand(2);
    for (unsigned i = 0; i < 3000; i++) {
        start(NULL);
        store(1);
        store(2);
        unsigned word = (unsigned)rand() % WORDS;
        place[word] ^= 1ul << rand() % 64;
        assert_int_equal(loaded(), 2);
        for (unsigned j = 0; j < WORDS; j++)
            place[j] ^= 1ul << rand() % 64;
        assert_int_equal(loaded(), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fresh_memory_holds_nothing, start),
        cmocka_unit_test_setup(the_last_one_counts, start),
        cmocka_unit_test_setup(a_store_that_is_cut_off_never_was, start),
        cmocka_unit_test_setup(damage_to_one_copy_does_no_harm_and_to_both_is_noticed, start),
        cmocka_unit_test_setup(two_that_differ_are_not_stored, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
