/*
 * What a console hands on, and what its successor makes of it (servers/console/kept.c, claims.c, outgoing.c).
 */
#include "servers/console/kept.h"
#include "tests/host/drivers/unit.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Instead of the supervisor's. */
static _Alignas(4096) char memory[256 * 1024];

handle_t startup_capability(const char *name)
{
    return strcmp(name, "kept") == 0;
}

void *pages_map(handle_t handle, uint64_t pages, unsigned rights)
{
    (void)rights;
    return handle && pages * 4096 <= sizeof(memory) ? memory : 0;
}

void *pages_allocate(uint64_t pages)
{
    (void)pages;
    return 0;
}

/* A successor takes over; was there something to take over? */
static bool take_over(void)
{
    bool inherited;
    assert_true(kept_open(&inherited));
    return inherited;
}

/* The byte that stands at a position of an output. */
static uint8_t byte_at(uint64_t position)
{
    return (uint8_t)(position * 7 + (position >> 8));
}

static void put(struct outgoing *output, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        outgoing_put(output, byte_at(output->end));
}

/* A burst goes to the device, of which the kernel writes `written` bytes; whether they are the right ones. */
static bool begin(struct outgoing *output, unsigned written)
{
    uint8_t bytes[OUTGOING_BURST];
    uint64_t first = output->ring.taken;
    bool good = outgoing_begin(output, bytes) >= written;
    for (unsigned i = 0; i < written; i++)
        good = good && bytes[i] == byte_at(first + i);
    output->ring.taken += written;
    return good;
}

static void send(struct outgoing *output, unsigned count)
{
    for (unsigned burst; count > 0; count -= burst) {
        burst = count < OUTGOING_BURST ? count : OUTGOING_BURST;
        assert_true(begin(output, burst));
        outgoing_finish(output, burst);
    }
}

static int start(void **state)
{
    (void)state;
    memset(memory, 0, sizeof(memory));
    assert_false(take_over());
    for (unsigned i = 0; i < 10; i++)
        ring_put(&kept->line.ready, 'x');
    kept->state.input.serial_used = kept->terminal.input.count = 10;
    kept->line.raw = true;
    kept_commit(KEPT_INPUT);
    put(&kept->terminal.output, 100);
    put(&kept->job.output, 50);
    kept->state.output.terminal_write =
        (struct claim){.kind = CLAIM_TERMINAL_WRITE, .sender = 5, .sequence = 6, .done = 90, .length = 200};
    kept_commit(KEPT_OUTPUT);
    send(&kept->terminal.output, 40);
    return 0;
}

static void a_successor_goes_on_from_the_last_commit(void **state)
{
    (void)state;
    put(&kept->terminal.output, 3);
    kept->state.output.terminal_write.done = 93;   /* not committed */
    assert_true(begin(&kept->terminal.output, 9)); /* counted by the kernel, not seen by the server any more */
    assert_true(take_over());
    assert_int_equal(kept->terminal.output.ring.put, 100);
    assert_int_equal(kept->terminal.output.ring.taken, 49);
    assert_int_equal(ring_count(&kept->job.output.ring), 50);
    assert_true(kept->line.raw);
    assert_int_equal(kept->state.output.terminal_write.done, 90);
}

/* How far terminal_write's request came, by what is known after others were served. */
static uint64_t done_of(uint64_t sender, uint64_t sequence)
{
    const struct claim *claim =
        kept_find_claim(&kept->state.output.terminal_write, CLAIM_TERMINAL_WRITE, sender, sequence);
    return claim ? claim->done : 0;
}

static void a_claim_outlives_those_that_others_have_before_its_client_comes_again(void **state)
{
    (void)state;
    for (uint64_t other = 10; other < 14; other++) {
        assert_true(take_over());
        assert_int_equal(done_of(5, 6), 90);
        kept->state.output.terminal_write.sender = other;
        kept_commit(KEPT_OUTPUT);
        assert_int_equal(done_of(5, 6), 90);
    }
    assert_int_equal(done_of(5, 7), 0);
    assert_true(take_over());
    assert_int_equal(done_of(12, 6), 90);
}

static void a_count_that_cannot_be_is_mended(void **state)
{
    (void)state;
    static const uint64_t wrong[] = {0, 39, 41, 40 + OUTGOING_BURST, 40 + OUTGOING_BURST + 1, 90, 1000, ~0ul};
    struct outgoing *output = &kept->terminal.output;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        output->ring.taken = wrong[i];
        assert_true(take_over());
        assert_int_equal(output->ring.taken, 40);
        assert_int_equal(output->ring.put, 100);
    }
    begin(output, 0);
    output->ring.taken = 40 + OUTGOING_BURST + 1; /* more than were on their way */
    assert_true(take_over());
    assert_int_equal(output->ring.taken, 40);
    memset(output->sent, 0, sizeof(output->sent)); /* nobody knows: nothing is sent twice */
    output->ring.taken = 1000;
    assert_true(take_over());
    assert_int_equal(ring_count(&output->ring), 0);
    assert_int_equal(ring_count(&kept->job.output.ring), 50);
}

static void damage_to_one_of_two_cells_takes_nothing_away(void **state)
{
    (void)state;
    struct outgoing *output = &kept->terminal.output;
    put(output, 2 * RING_SIZE - 200); /* so that old cells lie about */
    ring_drop(&output->ring, ring_count(&output->ring) - RING_SIZE);
    for (uint64_t i = output->ring.taken; i < output->ring.put; i++) {
        uint16_t *cell = &(i % 2 ? output->ring.cells : output->copies)[i % RING_SIZE];
        uint16_t wrong[] = {*cell ^ 1, *cell ^ 0x80, *cell ^ 0x100, *cell ^ 0x8000,
                            output->ring.cells[(i + 1) % RING_SIZE]};
        *cell = wrong[i / 2 % 5];
        assert_int_equal(outgoing_byte(output, i), byte_at(i));
    }
}

static void a_byte_of_which_nothing_is_known_counts_as_used(void **state)
{
    (void)state;
    kept->terminal.input.count = 11;
    assert_true(take_over());
    assert_int_equal(kept->state.input.serial_used, 10); /* it is to be used */
    kept->terminal.input.count = 77;
    assert_true(take_over());
    assert_int_equal(kept->state.input.serial_used, 77);
}

static void what_both_copies_do_not_tell_is_forgotten(void **state)
{
    (void)state;
    memory[3] ^= 1; /* in the first */
    assert_true(take_over());
    memset(memory, 0xa5, 8 * 1024);
    assert_false(take_over());
    assert_int_equal(ring_count(&kept->terminal.output.ring), 0);
    assert_int_equal(kept->state.output.terminal_write.sequence, 0);
}

/* Does this end the server? */
static bool ends(void (*what)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        what();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
}

static void commit_output(void)
{
    kept_commit(KEPT_OUTPUT);
}

static void commit_input(void)
{
    kept_commit(KEPT_INPUT);
}

static bool commit_ends(void)
{
    return ends(commit_output) && ends(commit_input);
}

/* A count that went back is no reason to end again and again, although bytes wait. */
static void a_successor_can_commit_after_any_count(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 3, 9, 10, 11, 77, ~0ul};
    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        kept->terminal.input.count = kept->keyboard_input.count = counts[i];
        assert_true(take_over());
        assert_false(ends(commit_input));
    }
}

static void a_commit_keeps_only_what_it_is_about(void **state)
{
    (void)state;
    const struct kept good = *kept;
    ring_drop(&kept->line.ready, 1);
    assert_true(ends(commit_output) && !ends(commit_input));
    *kept = good;
    kept->line.raw = false;
    assert_true(ends(commit_output) && !ends(commit_input));
    *kept = good;
    kept->state.input.interrupt++;
    assert_true(ends(commit_output) && !ends(commit_input));
    *kept = good;
    put(&kept->job.output, 1);
    assert_true(!ends(commit_output) && ends(commit_input));
    *kept = good;
    kept->state.output.terminal_write.done++;
    assert_true(!ends(commit_output) && ends(commit_input));
    *kept = good;
    put(&kept->terminal.output, 1); /* a client's, or an echo */
    assert_true(!ends(commit_output) && !ends(commit_input));
}

static void put_one(void)
{
    put(&kept->terminal.output, 1);
}

static void send_one(void)
{
    send(&kept->terminal.output, 1);
}

static void what_does_not_agree_is_neither_put_nor_sent(void **state)
{
    (void)state;
    struct outgoing *output = &kept->terminal.output;
    const struct outgoing good = *output;
    assert_false(ends(put_one) || ends(send_one));
    output->end++;
    assert_true(ends(put_one) && ends(send_one));
    *output = good;
    output->ring.put += 8192;
    assert_true(ends(put_one) && ends(send_one));
    *output = good;
    output->ring.taken++;
    assert_true(ends(send_one));
}

static void what_is_typed_does_not_multiply(void **state)
{
    (void)state;
    kept->line.length = 5;
    kept->state.input.serial_used = kept->terminal.input.count = 11;
    assert_true(ends(commit_input)); /* one byte, five in the line */
    kept->line.length = 1;
    kept_commit(KEPT_INPUT);
    const struct kept good = *kept;
    kept->line.length = 1 + 64;
    assert_true(ends(commit_input));
    *kept = good;
    kept->line.length = 0; /* the line is given out */
    ring_put(&kept->line.ready, 'x');
    assert_false(ends(commit_input));
    ring_put(&kept->line.ready, 'x');
    assert_true(ends(commit_input));
    *kept = good;
    kept->state.input.keyboard_used = kept->keyboard_input.count = 1;
    kept->line.length = 1 + KEYBOARD_BYTES;
    assert_false(ends(commit_input));
    kept->line.length++;
    assert_true(ends(commit_input));
}

static void only_the_last_reader_s_bytes_come_back(void **state)
{
    (void)state;
    struct claim read = {.kind = CLAIM_READ, .sender = 5, .sequence = 7, .done = 4, .length = 9, .from = 2};
    ring_drop(&kept->line.ready, 2);
    kept_commit(KEPT_INPUT);
    ring_drop(&kept->line.ready, 4);
    kept->state.input.read = read;
    kept_commit(KEPT_INPUT);
    kept->state.input.read = (struct claim){0};
    for (uint64_t taken = 0; taken <= 6; taken++) {
        kept->line.ready.taken = taken;
        assert_int_equal(ends(commit_input), taken != 2 && taken != 6);
    }
}

static void what_cannot_follow_is_not_committed(void **state)
{
    (void)state;
    const struct kept good = *kept;
    assert_false(ends(commit_output) || ends(commit_input));
    kept->terminal.output.ring.put--;
    assert_true(commit_ends());
    *kept = good;
    kept->job.output.ring.put++;
    assert_true(commit_ends());
    *kept = good;
    kept->job.output.ring.put = kept->job.output.end += RING_SIZE;
    assert_true(commit_ends());
    *kept = good;
    kept->terminal.output.ring.taken = kept->terminal.output.ring.put + 1;
    assert_true(commit_ends());
    *kept = good;
    kept->line.ready.taken = kept->line.ready.put + 1;
    assert_true(commit_ends());
    *kept = good;
    kept->line.length = LINE_SIZE + 1;
    assert_true(commit_ends());
    *kept = good;
    kept->state.output.terminal_write.done = 201;
    assert_true(commit_ends());
    *kept = good;
    kept->state.output.terminal_write.kind = CLAIM_READ;
    assert_true(commit_ends());
    *kept = good;
    kept->state.input.read =
        (struct claim){.kind = CLAIM_READ, .sender = 5, .sequence = 7, .done = 1, .length = 9}; /* none was taken */
    assert_true(commit_ends());
    *kept = good;
    kept->state.input.keyboard_used = 1;
    assert_true(commit_ends());
    *kept = good;
    assert_false(ends(commit_output) || ends(commit_input));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_successor_goes_on_from_the_last_commit, start),
        cmocka_unit_test_setup(a_claim_outlives_those_that_others_have_before_its_client_comes_again, start),
        cmocka_unit_test_setup(a_count_that_cannot_be_is_mended, start),
        cmocka_unit_test_setup(damage_to_one_of_two_cells_takes_nothing_away, start),
        cmocka_unit_test_setup(what_does_not_agree_is_neither_put_nor_sent, start),
        cmocka_unit_test_setup(a_byte_of_which_nothing_is_known_counts_as_used, start),
        cmocka_unit_test_setup(what_both_copies_do_not_tell_is_forgotten, start),
        cmocka_unit_test_setup(a_successor_can_commit_after_any_count, start),
        cmocka_unit_test_setup(a_commit_keeps_only_what_it_is_about, start),
        cmocka_unit_test_setup(what_is_typed_does_not_multiply, start),
        cmocka_unit_test_setup(only_the_last_reader_s_bytes_come_back, start),
        cmocka_unit_test_setup(what_cannot_follow_is_not_committed, start),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
