/*
 * The debug image's tools, one after the other.
 */
#include "kernel/base/debug.h"
#include "kernel/debug/tools.h"

static struct tool {
    bool (*start)(void);
    void (*step)(struct percpu *cpu);
    bool works;
} tools[] = {
    {shake_start, shake_step, false}, {validate_start, validate_step, false}, /* last: the others may schedule */
};
#define TOOLS (sizeof(tools) / sizeof(tools[0]))

bool debug_start(void)
{
    bool any = false;

    for (unsigned i = 0; i < TOOLS; i++)
        any |= tools[i].works = tools[i].start();
    return any;
}

void debug_step(struct percpu *cpu)
{
    for (unsigned i = 0; i < TOOLS; i++)
        if (tools[i].works)
            tools[i].step(cpu);
}
