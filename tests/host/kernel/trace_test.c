/*
 * Reading the trace: records in words, several CPUs merged by time, and rings that are overwritten meanwhile.
 */
#include "kernel/abi/trace_text.h"
#include "tests/host/kernel/unit.h"
#include <string.h>

#define CPUS 3

static struct trace_ring rings[CPUS];
static char text[400];

static void put(char character)
{
    size_t length = strlen(text);
    assert_true(length + 1 < sizeof(text));
    text[length] = character;
}

static const char *words(struct trace_record record)
{
    memset(text, 0, sizeof(text));
    trace_print_record(rings, &record, put);
    return text;
}

static int start(void **state)
{
    (void)state;
    memset(rings, 0, sizeof(rings));
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        rings[cpu] = (struct trace_ring){.tsc_start = 1000, .tsc_khz = 2000000};
    return 0;
}

/* 2 GHz: 2 ticks a nanosecond. */
static void records_in_words(void **state)
{
    struct trace_record record = {.tsc = 1000 + 2 * 12345, .cpu = 1, .thread = 7, .detail = 4, .call = 12 * 16384 + 7};
    (void)state;
    record.kind = TRACE_CALL;
    record.value = TRACE_PAIR(0x3f2, 5);
    assert_string_equal(words(record), "  12.345 us cpu1 thread 7 call 7:12, label 0x5, 4 words, endpoint 0x3f2\n");
    record.kind = TRACE_RECEIVE;
    record.value = TRACE_PAIR(9, 0x80000001);
    assert_string_equal(words(record),
                        "  12.345 us cpu1 thread 7 receive 7:12 from thread 9, label 0x80000001, 4 words\n");
    record.kind = TRACE_WAIT;
    record.value = 0x1f;
    assert_string_equal(words(record), "  12.345 us cpu1 thread 7 wait for an answer, call 7:12, object 0x1f\n");
    record.kind = TRACE_SEND;
    record.call = 0;
    record.thread = 0;
    record.tsc = 1000;
    record.value = TRACE_PAIR(1, 0);
    assert_string_equal(words(record), "  0.000 us cpu1 send, label 0x0, 4 words, endpoint 0x1\n");
    record.kind = TRACE_WAIT;
    record.detail = 99;
    assert_string_equal(words(record), "  0.000 us cpu1 wait somewhere, call -, object 0x100000000\n");
    record.kind = TRACE_SHOOTDOWN;
    record.detail = 0xa;
    record.value = 0x123;
    assert_string_equal(words(record), "  0.000 us cpu1 shootdown at CPUs 0xa, tables 0x123\n");
    record.kind = TRACE_DEADLINE;
    record.value = ~0ul;
    assert_string_equal(words(record), "  0.000 us cpu1 deadline of - at 18446744073709551615 ns\n");
}

/* Whatever the memory holds, there is a line, and nothing else is read. */
static void any_record_has_a_line(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 256; kind++)
        for (unsigned round = 0; round < 20; round++) {
            struct trace_record record;
            for (unsigned i = 0; i < sizeof(record); i++)
                ((unsigned char *)&record)[i] = (unsigned char)dice(256);
            record.kind = (unsigned char)kind;
            rings[0].tsc_khz = dice(3);
            words(record);
            assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
            assert_null(strchr(text, '%'));
        }
}

/* As the kernel does. */
static void append(struct trace_ring *ring, unsigned long tsc)
{
    ring->records[ring->written % TRACE_RECORDS] =
        (struct trace_record){.tsc = tsc, .cpu = (unsigned char)(ring - rings), .value = ring->written};
    ring->written++;
}

static void the_last_of_all_rings_in_order(void **state)
{
    struct trace_record last[8];
    (void)state;
    assert_int_equal(trace_last(rings, CPUS, last, 8), 0);
    append(&rings[2], 10);
    append(&rings[0], 20);
    append(&rings[2], 30);
    assert_int_equal(trace_last(rings, CPUS, last, 8), 3);
    assert_int_equal(last[5].tsc, 10);
    assert_int_equal(last[6].tsc, 20);
    assert_int_equal(last[7].tsc, 30);
    for (unsigned long tsc = 31; tsc < 31 + 3 * TRACE_RECORDS; tsc++)
        append(&rings[dice(CPUS)], tsc);
    assert_int_equal(trace_last(rings, CPUS, last, 8), 8);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(last[i].tsc, 31 + 3 * TRACE_RECORDS - 8 + i);
    assert_int_equal(trace_last(rings, 1, last, 8), 8);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(last[i].value, rings[0].written - 8 + i);
}

/* The place of record n is good until number n + TRACE_RECORDS may be on its way into it. */
static void what_may_be_overwritten_is_not_read(void **state)
{
    struct trace_ring *ring = &rings[1];
    struct trace_record record;
    (void)state;
    assert_false(trace_read(ring, 0, &record));
    append(ring, 1);
    assert_true(trace_read(ring, 0, &record));
    assert_false(trace_read(ring, 1, &record));
    while (ring->written < TRACE_RECORDS - 1)
        append(ring, 1);
    assert_true(trace_read(ring, 0, &record));
    append(ring, 1);
    assert_false(trace_read(ring, 0, &record));
    assert_true(trace_read(ring, 1, &record));
    assert_int_equal(record.value, 1);
    for (unsigned i = 0; i < 5 * TRACE_RECORDS + 77; i++)
        append(ring, 1);
    assert_false(trace_read(ring, ring->written - TRACE_RECORDS, &record));
    assert_true(trace_read(ring, ring->written - TRACE_RECORDS + 1, &record));
    assert_int_equal(record.value, ring->written - TRACE_RECORDS + 1);
    assert_false(trace_read(ring, ring->written, &record));
}

int main(int argument_count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(records_in_words, start),
        cmocka_unit_test_setup(any_record_has_a_line, start),
        cmocka_unit_test_setup(the_last_of_all_rings_in_order, start),
        cmocka_unit_test_setup(what_may_be_overwritten_is_not_read, start),
    };
    dice_start(argument_count, arguments);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
