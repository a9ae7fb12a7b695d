/*
 * What a program's record may be, and what may become of it (servers/process/record.c).
 */
#include "servers/process/record.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PROCESS 0x123400000005

static const struct child_record nobody,
    starting = {.number = 7, .parent = 3, .state = STATE_STARTING, .spawner = 11, .sequence = 2, .name = "ls"};

static struct child_record in_state(enum process_state state, handle_t process)
{
    struct child_record record = starting;
    record.state = state;
    record.process = process;
    return record;
}

static struct child_record ended(enum process_end end, uint32_t value, handle_t process)
{
    struct child_record record = in_state(STATE_ENDED, process);
    record.end = end;
    record.value = value;
    return record;
}

static void a_life_is_a_way_of_steps(void **state)
{
    (void)state;
    const struct child_record life[] = {nobody,
                                        starting,
                                        in_state(STATE_STARTING, PROCESS),
                                        in_state(STATE_RUNNING, PROCESS),
                                        ended(END_EXITED, 77, PROCESS),
                                        ended(END_EXITED, 77, 0),
                                        nobody};
    for (unsigned i = 0; i + 1 < sizeof(life) / sizeof(life[0]); i++) {
        assert_true(record_is_sound(&life[i]));
        assert_true(record_may_follow(&life[i], &life[i]));
        assert_true(record_may_follow(&life[i], &life[i + 1]));
        struct child_record orphan = life[i + 1];
        orphan.parent = 0;
        orphan.orphan = 1;
        assert_int_equal(record_may_follow(&life[i], &orphan), i != 0 && i != 5);
    }
    assert_true(record_may_follow(&life[2], &life[1])); /* it could not be loaded */
    assert_true(record_may_follow(&life[1], &nobody));
}

static void no_step_leads_back_or_over_one(void **state)
{
    (void)state;
    const struct child_record running = in_state(STATE_RUNNING, PROCESS), other = in_state(STATE_RUNNING, PROCESS + 1),
                              gone = ended(END_EXITED, 77, 0), killed = ended(END_KILLED, 0, 0);
    assert_false(record_may_follow(&nobody, &running));
    assert_false(record_may_follow(&running, &nobody)); /* a program that runs is not forgotten */
    assert_false(record_may_follow(&running, &starting));
    assert_false(record_may_follow(&running, &other));
    assert_false(record_may_follow(&gone, &running));
    assert_false(record_may_follow(&gone, &killed));
}

static void nonsense_is_noticed(void **state)
{
    (void)state;
    struct child_record wrong[] = {in_state(STATE_RUNNING, 0),
                                   in_state(3, PROCESS),
                                   ended(3, 0, 0),
                                   ended(END_FAULTED, 256, 0),
                                   ended(END_KILLED, 1, 0),
                                   starting,
                                   starting,
                                   starting,
                                   starting,
                                   in_state(STATE_RUNNING, PROCESS),
                                   nobody};
    wrong[5].parent = 7;
    wrong[6].orphan = 1; /* but it has a parent */
    wrong[7].orphan = 2;
    memset(wrong[8].name, 'x', PROCESS_NAME);
    wrong[9].value = 1;
    wrong[10].sequence = 1;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(record_is_sound(&wrong[i]));
}

/* Whatever bit of a running program's record is flipped: it is no step from the record as it was. */
static void a_flipped_bit_is_no_step(void **state)
{
    (void)state;
    const struct child_record running = in_state(STATE_RUNNING, PROCESS);
    for (unsigned bit = 0; bit < 8 * sizeof(running); bit++) {
        struct child_record flipped = running;
        ((uint8_t *)&flipped)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(record_may_follow(&running, &flipped), flipped.state == STATE_ENDED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_is_a_way_of_steps),
        cmocka_unit_test(no_step_leads_back_or_over_one),
        cmocka_unit_test(nonsense_is_noticed),
        cmocka_unit_test(a_flipped_bit_is_no_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
