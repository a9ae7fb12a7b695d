#include "user/bench/kernel/bench.h"
#include "user/lib/startup.h"
#include <string.h>

static const struct {
    const char *name;
    void (*run)(void);
} groups[] = {
    {"messages", bench_messages},
    {"events", bench_events},
    {"memory", bench_memory},
    {"shootdown", bench_shootdown},
};

void report(const char *figure_name, uint64_t count, const char *note)
{
    line_print("BENCH %s %lu instructions %s\n", figure_name, count, note);
}

handle_t partner(void (*run)(void *argument), void *argument)
{
    handle_t process = clone(run, argument, &(struct clone_options){.priority = BENCH_PRIORITY, .affinity = 1});
    CHECK(process != 0);
    return process;
}

uint64_t cost_of(void (*run)(struct loop *loop), struct loop *loop)
{
    const uint64_t shape = loop->shape;
    uint64_t costs[BATCHES];
    for (unsigned batch = 0; batch <= BATCHES; batch++) {
        loop->count = FEW;
        loop->shape = shape;
        uint64_t start = instructions();
        run(loop);
        costs[batch ? batch - 1 : 0] = (instructions() - start + FEW / 2) / FEW; /* the first warms up */
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
    line_print("CALIBRATION %u %lu\n", 2 * CALIBRATION, calibrate());
    for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strcmp(groups[i].name, wanted) == 0)
            groups[i].run();
    line_print("LONGEST %lu\nDONE\n", sys_system_info(SYSTEM_LONGEST_STEP));
    line_power_off();
}
