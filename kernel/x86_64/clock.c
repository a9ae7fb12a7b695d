/*
 * Time: the time stamp counter tells it, the local APIC timer interrupts at a moment of it.
 *
 * Neither knows its own frequency, so both are measured once against the PC's interval timer, whose frequency is fixed.
 * All CPUs' counters are taken to run together from reset on, as they do on every x86-64 machine of the last decade.
 */
#include "kernel/x86_64/clock.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/lapic.h"

#define PIT_HZ        1193182ul
#define PIT_CHANNEL_2 0x42
#define PIT_COMMAND   0x43
#define PIT_GATE      0x61 /* bit 0: channel 2 counts; bit 1: speaker; bit 5: channel 2 has reached 0 */
#define PIT_ONE_SHOT  0xb0 /* channel 2, both bytes, mode 0 */
#define PIT_LATCH     0x80 /* channel 2 */
#define PIT_START     0xffffu

#define MEASURE_TICKS (PIT_HZ / 100) /* 10 ms */
#define ATTEMPTS      10
#define LOOKS         8     /* at the three counters; the quickest counts */
#define PAUSE         20000 /* turns of an empty loop between looks: reading a port is slow on emulators */
#define MAX_PAUSES    50000

#define NANOSECONDS 1000000000ul

/* All three counters at one moment; `window` says how long the moment was. */
struct sample {
    uint64_t tsc, window;
    uint32_t lapic, pit; /* counted up from the start */
};

static uint64_t nanoseconds_per_tick; /* of the TSC; 32 bits of fraction */
static uint64_t steps_per_nanosecond; /* of the local APIC timer; 32 bits of fraction */

static uint32_t pit_elapsed(void)
{
    uint32_t low;

    port_write(PIT_COMMAND, 1, PIT_LATCH);
    low = port_read(PIT_CHANNEL_2, 1);
    return PIT_START - (low | port_read(PIT_CHANNEL_2, 1) << 8);
}

static void pit_start(void)
{
    port_write(PIT_GATE, 1, 1);
    port_write(PIT_COMMAND, 1, PIT_ONE_SHOT);
    port_write(PIT_CHANNEL_2, 1, PIT_START & 0xff);
    port_write(PIT_CHANNEL_2, 1, PIT_START >> 8);
}

static bool pit_ran_out(void)
{
    return port_read(PIT_GATE, 1) & 1 << 5;
}

/* An interruption by the host between two reads would spoil the sample: the tightest of several is kept. */
static struct sample take_sample(void)
{
    struct sample best = {.window = ~0ul};

    for (unsigned i = 0; i < LOOKS; i++) {
        uint64_t before = read_tsc();
        uint32_t lapic = UINT32_MAX - lapic_timer_left(), pit = pit_elapsed();
        uint64_t window = read_tsc() - before;

        if (window < best.window)
            best = (struct sample){before, window, lapic, pit};
    }
    return best;
}

static void wait_for_pit(uint32_t ticks)
{
    for (unsigned i = 0; i < MAX_PAUSES && pit_elapsed() < ticks && !pit_ran_out(); i++)
        for (unsigned turn = 0; turn < PAUSE; turn++)
            __asm__ volatile("");
}

/* One measurement; false if the PIT ran out meanwhile (the host slept) or does not count. */
static bool measure(struct sample *first, struct sample *last)
{
    pit_start();
    lapic_timer_set(UINT32_MAX); /* far more than the measurement takes */
    *first = take_sample();
    wait_for_pit(first->pit + MEASURE_TICKS);
    *last = take_sample();
    return !pit_ran_out() && last->pit >= first->pit + MEASURE_TICKS;
}

void clock_init(void)
{
    struct sample first, last;
    unsigned attempts = 0;
    uint64_t ticks, nanoseconds;

    while (!measure(&first, &last))
        if (++attempts == ATTEMPTS)
            boot_stop("the interval timer does not count");
    ticks = last.tsc - first.tsc;
    nanoseconds = (last.pit - first.pit) * NANOSECONDS / PIT_HZ;
    machine.tsc_khz = ticks * 1000000 / nanoseconds;
    nanoseconds_per_tick = (nanoseconds << 32) / ticks;
    steps_per_nanosecond = ((uint64_t)(last.lapic - first.lapic) << 32) / nanoseconds;
    machine.tsc_start = read_tsc();
    timer_stop();
}

uint64_t clock_now(void)
{
    return (uint64_t)((unsigned __int128)(read_tsc() - machine.tsc_start) * nanoseconds_per_tick >> 32);
}

void timer_arm(uint64_t when)
{
    uint64_t now = clock_now();
    uint64_t wait = when > now ? when - now : 0;
    unsigned __int128 steps = ((unsigned __int128)wait * steps_per_nanosecond >> 32) + 1;

    lapic_timer_set(steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX);
}

void timer_stop(void)
{
    lapic_timer_set(0);
}
