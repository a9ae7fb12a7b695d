/*
 * The frame bitmap against an array of flags.
 */
#include "kernel/mm/frame.h"
#include "tests/host/kernel/unit.h"
#include <string.h>

#define FRAMES 10000ul /* more than one summary word, and not a multiple of 64 */

static struct frame_pool pool;
static uint64_t words[FRAMES]; /* more than enough */
static bool is_free[FRAMES];
static uint64_t free_count;

static void start(void **state)
{
    (void)state;
    memset(words, 0xff, sizeof(words)); /* of any content */
    memset(is_free, 0, sizeof(is_free));
    free_count = 0;
    assert_true(frame_pool_words(FRAMES) <= FRAMES);
    frame_pool_init(&pool, words, FRAMES);
}

static void release(uint64_t first, uint64_t count)
{
    frame_pool_release(&pool, first, count);
    for (uint64_t frame = first; frame < first + count; frame++) {
        assert_false(is_free[frame]);
        is_free[frame] = true;
    }
    free_count += count;
}

static void was_taken(uint64_t first, uint64_t count)
{
    for (uint64_t frame = first; frame < first + count; frame++) {
        assert_true(is_free[frame]);
        is_free[frame] = false;
    }
    free_count -= count;
}

static bool has_run(uint64_t count)
{
    uint64_t run = 0;
    for (uint64_t frame = 1; frame < FRAMES; frame++) {
        run = is_free[frame] ? run + 1 : 0;
        if (run == count)
            return true;
    }
    return false;
}

static void at_first_all_are_taken(void **state)
{
    start(state);
    assert_int_equal(pool.free, 0);
    assert_int_equal(frame_pool_take(&pool), FRAME_NONE);
    assert_int_equal(frame_pool_take_run(&pool, 1), FRAME_NONE);
}

static void every_frame_is_given_once(void **state)
{
    start(state);
    release(1, FRAMES - 1);
    for (uint64_t i = 1; i < FRAMES; i++)
        was_taken(frame_pool_take(&pool), 1);
    assert_int_equal(frame_pool_take(&pool), FRAME_NONE);
    assert_int_equal(pool.free, 0);
}

static void runs_are_found_at_any_place(void **state)
{
    start(state);
    for (uint64_t first = 1; first < 300; first++) {
        release(first, 130);
        assert_int_equal(frame_pool_take_run(&pool, 131), FRAME_NONE);
        assert_int_equal(frame_pool_take_run(&pool, 130), first);
        was_taken(first, 130);
    }
    release(FRAMES - 70, 70); /* the very last ones */
    assert_int_equal(frame_pool_take_run(&pool, 70), FRAMES - 70);
}

static void one_random_step(void)
{
    uint64_t count = 1 + dice(dice(10) ? 3 : 300), first;
    switch (dice(4)) {
    case 0:
        first = frame_pool_take_run(&pool, count);
        assert_int_equal(first != FRAME_NONE, has_run(count));
        if (first != FRAME_NONE)
            was_taken(first, count);
        break;
    case 1:
        first = frame_pool_take(&pool);
        assert_int_equal(first != FRAME_NONE, free_count > 0);
        if (first != FRAME_NONE)
            was_taken(first, 1);
        break;
    default:
        first = 1 + dice(FRAMES - 1);
        for (uint64_t i = 0; i < count && first + i < FRAMES; i++)
            if (!is_free[first + i])
                release(first + i, 1);
    }
    assert_int_equal(pool.free, free_count);
}

static void random_steps_agree_with_the_model(void **state)
{
    start(state);
    for (unsigned i = 0; i < 20000; i++)
        one_random_step();
}

/* Mistakes of the kernel that must not pass in silence. */
static void double_release_is_noticed(void **state)
{
    start(state);
    release(5, 3);
    expect_assert_failure(frame_pool_release(&pool, 7, 1));
    expect_assert_failure(frame_pool_release(&pool, FRAME_NONE, 1));
    expect_assert_failure(frame_pool_release(&pool, FRAMES - 1, 2));
}

static void accounts_never_go_beyond_their_quota(void **state)
{
    struct account account = {.quota = 10};
    (void)state;
    assert_true(account_charge(&account, 10));
    assert_false(account_charge(&account, 1));
    account_refund(&account, 4);
    assert_false(account_charge(&account, 5));
    assert_false(account_charge(&account, ~0ul));
    assert_true(account_charge(&account, 4));
    account_refund(&account, 10);
    expect_assert_failure(account_refund(&account, 1));
}

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_first_all_are_taken),      cmocka_unit_test(every_frame_is_given_once),
        cmocka_unit_test(runs_are_found_at_any_place), cmocka_unit_test(random_steps_agree_with_the_model),
        cmocka_unit_test(double_release_is_noticed),   cmocka_unit_test(accounts_never_go_beyond_their_quota),
    };
    dice_start(argument_count, arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
