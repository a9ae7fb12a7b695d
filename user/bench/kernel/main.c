#include "user/bench/kernel/bench.h"
#include "user/bench/kernel/bulk.h"
#include "user/bench/kernel/spinners.h"
#include "user/lib/startup.h"
#include <string.h>

static const struct {
    const char *name;
    void (*run)(void);
} groups[] = {
    {"messages", bench_messages},   {"events", bench_events},   {"memory", bench_memory},
    {"shootdown", bench_shootdown}, {"threads", bench_threads}, {"deadlines", bench_deadlines},
    {"revoke", bench_revoke},       {"steps", bench_steps},     {"bulk", bench_bulk},
};

void report(const char *figure_name, uint64_t count, const char *note)
{
    line_print("BENCH %s %lu instructions %s\n", figure_name, count, note);
}

handle_t partner(void (*run)(void *argument), void *argument, uint64_t quota, handle_t fault)
{
    struct clone_options options = {.priority = BENCH_PRIORITY, .affinity = 1, .quota = quota, .fault = fault};
    handle_t process;
    for (unsigned what = 0; what < TIDINGS; what++)
        board->cells[what] = 0;
    process = clone(run, argument, &options);
    CHECK(process != 0);
    return process;
}

void tell(enum tidings what, uint64_t value)
{
    board->cells[what] = value;
}

uint64_t told(enum tidings what)
{
    while (!board->cells[what])
        sys_yield();
    return board->cells[what];
}

uint64_t cost_of(void (*run)(struct loop *loop), struct loop *loop, unsigned rounds)
{
    const struct loop before = *loop;
    uint64_t costs[BATCHES];
    for (unsigned batch = 0; batch <= BATCHES; batch++) {
        loop->count = rounds;
        loop->shape = before.shape;
        uint64_t start = instructions() - spun_instructions();
        run(loop);
        uint64_t all = instructions() - spun_instructions() - start;
        costs[batch ? batch - 1 : 0] = (all + rounds / 2) / rounds; /* the first warms up */
    }
    return median(costs, BATCHES);
}

/* What follows a word like "bench=" on the command line, up to the next blank; empty if it is not there. */
static void option_value(const char *word, char value[32])
{
    const char *place = strstr(bootinfo()->command_line, word);
    unsigned length = 0;
    for (place = place ? place + strlen(word) : ""; *place && *place != ' ' && length < 31; place++)
        value[length++] = *place;
    value[length] = '\0';
}

int main(void)
{
    char wanted[32];
    option_value("bench=", wanted);
    clone_prepare();
    board->cpus = bootinfo()->cpus;
    EQUAL(sys_thread_set(bootinfo()->thread, BENCH_PRIORITY, 1), OK);
    line_print("CALIBRATION %u %lu\n", 2 * CALIBRATION, calibrate());
    for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strcmp(groups[i].name, wanted) == 0)
            groups[i].run();
    line_print("LONGEST %lu\nDONE\n", sys_system_info(SYSTEM_LONGEST_STEP));
    line_power_off();
}
