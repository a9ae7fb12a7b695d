/*
 * What a console hands on, and what its successor makes of it (servers/console/kept.c, serial.c).
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
static _Alignas(4096) char memory[160 * 1024];

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

static void put(struct ring *ring, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        ring_put(ring, 'x');
}

/* What the kernel does when bytes go to the device, and what the server does after it. */
static void send(struct serial_kept *line, unsigned count)
{
    line->output.taken += count;
    kept_store(line->sent, &line->output.taken, sizeof(line->output.taken));
}

static int start(void **state)
{
    (void)state;
    memset(memory, 0, sizeof(memory));
    assert_false(take_over());
    put(&kept->terminal.output, 100);
    put(&kept->job.output, 50);
    put(&kept->line.ready, 10);
    kept->line.raw = true;
    kept->state.terminal_write = (struct claim){5, 6, 90, 200};
    kept_commit();
    send(&kept->terminal, 40);
    return 0;
}

static void a_successor_goes_on_from_the_last_commit(void **state)
{
    (void)state;
    put(&kept->terminal.output, 3);
    kept->state.terminal_write.done = 93; /* not committed */
    kept->terminal.output.taken += 16;    /* counted by the kernel, not seen by the server any more */
    assert_true(take_over());
    assert_int_equal(kept->terminal.output.put, 100);
    assert_int_equal(kept->terminal.output.taken, 56);
    assert_int_equal(ring_count(&kept->job.output), 50);
    assert_true(kept->line.raw);
    assert_int_equal(kept->state.terminal_write.done, 90);
}

static void a_count_that_cannot_be_is_mended(void **state)
{
    (void)state;
    static const uint64_t wrong[] = {0, 39, 57, 40 + SERIAL_BURST + 1, 90, 1000, ~0ul};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        kept->terminal.output.taken = wrong[i];
        assert_true(take_over());
        assert_int_equal(kept->terminal.output.taken, 40);
        assert_int_equal(kept->terminal.output.put, 100);
    }
    memset(kept->terminal.sent, 0, sizeof(kept->terminal.sent)); /* nobody knows: nothing is sent twice */
    kept->terminal.output.taken = 1000;
    assert_true(take_over());
    assert_int_equal(ring_count(&kept->terminal.output), 0);
    assert_int_equal(ring_count(&kept->job.output), 50);
}

static void a_byte_of_which_nothing_is_known_counts_as_used(void **state)
{
    (void)state;
    kept->terminal.input.count = 1;
    assert_true(take_over());
    assert_int_equal(kept->state.serial_used, 0); /* it is to be used */
    kept->terminal.input.count = 77;
    assert_true(take_over());
    assert_int_equal(kept->state.serial_used, 77);
}

static void what_both_copies_do_not_tell_is_forgotten(void **state)
{
    (void)state;
    memory[3] ^= 1; /* in the first */
    assert_true(take_over());
    memset(memory, 0xa5, 1024);
    assert_false(take_over());
    assert_int_equal(ring_count(&kept->terminal.output), 0);
    assert_int_equal(kept->state.terminal_write.sequence, 0);
}

/* Does a commit end the server? */
static bool commit_ends(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        kept_commit();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
}

static void what_cannot_follow_is_not_committed(void **state)
{
    (void)state;
    const struct kept good = *kept;
    assert_false(commit_ends());
    kept->terminal.output.put--;
    assert_true(commit_ends());
    *kept = good;
    kept->job.output.put += RING_SIZE;
    assert_true(commit_ends());
    *kept = good;
    kept->terminal.output.taken = kept->terminal.output.put + 1;
    assert_true(commit_ends());
    *kept = good;
    kept->line.ready.taken = kept->line.ready.put + 1;
    assert_true(commit_ends());
    *kept = good;
    kept->line.length = LINE_SIZE + 1;
    assert_true(commit_ends());
    *kept = good;
    kept->state.terminal_write.done = 201;
    assert_true(commit_ends());
    *kept = good;
    kept->state.read_cells = 1; /* none was taken */
    assert_true(commit_ends());
    *kept = good;
    kept->state.keyboard_used = 1;
    assert_true(commit_ends());
    *kept = good;
    assert_false(commit_ends());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_successor_goes_on_from_the_last_commit, start),
        cmocka_unit_test_setup(a_count_that_cannot_be_is_mended, start),
        cmocka_unit_test_setup(a_byte_of_which_nothing_is_known_counts_as_used, start),
        cmocka_unit_test_setup(what_both_copies_do_not_tell_is_forgotten, start),
        cmocka_unit_test_setup(what_cannot_follow_is_not_committed, start),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
