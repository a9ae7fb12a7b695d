/*
 * Which requests are known (servers/console/claims.c).
 */
#include "servers/console/claims.h"
#include "tests/host/drivers/unit.h"

static struct claims_aside aside;
static const struct claim none;

static struct claim claim_of(uint64_t sender, uint64_t sequence, uint64_t done)
{
    return (struct claim){.kind = CLAIM_READ, .sender = sender, .sequence = sequence, .done = done, .length = 100};
}

static void put_aside(uint64_t sender, uint64_t sequence, uint64_t done)
{
    struct claim claim = claim_of(sender, sequence, done);
    claims_put_aside(&aside, &claim);
}

/* How many bytes of the request are known to be done; -1: nothing is known. */
static int known(uint64_t sender, uint64_t sequence)
{
    const struct claim *claim = claims_find(&none, &aside, CLAIM_READ, sender, sequence);
    return claim ? (int)claim->done : -1;
}

static int start(void **state)
{
    (void)state;
    aside = (struct claims_aside){0};
    return 0;
}

static void a_request_is_found_by_client_number_and_kind(void **state)
{
    (void)state;
    struct claim last = claim_of(7, 3, 20);
    put_aside(7, 2, 10);
    put_aside(8, 2, 30);
    assert_ptr_equal(claims_find(&last, &aside, CLAIM_READ, 7, 3), &last);
    assert_int_equal(claims_find(&last, &aside, CLAIM_READ, 7, 2)->done, 10);
    assert_int_equal(claims_find(&last, &aside, CLAIM_READ, 8, 2)->done, 30);
    assert_null(claims_find(&last, &aside, CLAIM_READ, 8, 3));
    assert_null(claims_find(&last, &aside, CLAIM_JOB_WRITE, 7, 3));
    assert_null(claims_find(&last, &aside, CLAIM_JOB_WRITE, 8, 2));
}

static void a_request_without_a_number_is_none(void **state)
{
    (void)state;
    struct claim last = claim_of(7, 0, 20);
    put_aside(7, 0, 20);
    assert_int_equal(aside.filled, 0);
    assert_null(claims_find(&last, &aside, CLAIM_READ, 7, 0));
    assert_null(claims_find(&none, &aside, CLAIM_NONE, 0, 0));
}

static void a_client_has_one_claim_its_newest(void **state)
{
    (void)state;
    put_aside(7, 2, 10);
    put_aside(7, 2, 50);
    assert_int_equal(known(7, 2), 50);
    put_aside(7, 4, 60);
    put_aside(7, 3, 70); /* of another kind, found later */
    assert_int_equal(known(7, 4), 60);
    assert_int_equal(known(7, 2), -1);
    assert_int_equal(known(7, 3), -1);
    assert_int_equal(aside.filled, 1);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= CLAIMS_ASIDE + 2; i++)
        put_aside(i, 1, i);
    assert_int_equal(known(1, 1), -1);
    assert_int_equal(known(2, 1), -1);
    for (uint64_t i = 3; i <= CLAIMS_ASIDE + 2; i++)
        assert_int_equal(known(i, 1), i);
}

static void a_claim_says_what_it_is_and_no_more_than_was_asked_for(void **state)
{
    (void)state;
    struct claim claim = claim_of(7, 1, 100);
    assert_true(claim_is_sound(&none, CLAIM_READ));
    assert_true(claim_is_sound(&claim, CLAIM_READ));
    assert_false(claim_is_sound(&claim, CLAIM_JOB_END));
    claim.done++;
    assert_false(claim_is_sound(&claim, CLAIM_READ));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_request_is_found_by_client_number_and_kind, start),
        cmocka_unit_test_setup(a_request_without_a_number_is_none, start),
        cmocka_unit_test_setup(a_client_has_one_claim_its_newest, start),
        cmocka_unit_test_setup(the_oldest_makes_room, start),
        cmocka_unit_test_setup(a_claim_says_what_it_is_and_no_more_than_was_asked_for, start),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
