/*
 * The scheduling shaker: boot option shake=SEED.
 *
 * Now and then, when a thread is about to leave the kernel, it does something that the scheduler might have done by
 * itself had an interrupt come at another moment or another CPU been quicker. So what a program sees stays lawful
 * (never does a thread run while a better one that may run there waits), but orders come up that would come up once in
 * a year. It does one of these:
 *
 *   yield    the thread goes to the tail of its priority's queue, and this CPU picks again
 *   shuffle  the same, after the queue turned around by a few, as if their time slices had ended before they began
 *   hurry    its time slice ends within some microseconds, wherever it is then
 *   migrate  if another CPU that it may use runs nothing better than what would run here, the thread goes there
 *   dive     short paths, which a detour excludes, are open to it until the next trap or ordinary switch
 *
 * Migration takes this CPU out of the thread's affinity until the next way out of the kernel, of any CPU.
 *
 * All chance comes from the seed: a run under -icount with the same seed is the same run.
 */
#include "kernel/base/option.h"
#include "kernel/debug/tools.h"
#include "kernel/sched/sched.h"

#define MOST_QUIET     16     /* ways out between two shakes */
#define MOST_TURNS     4      /* of a queue */
#define SHORTEST_SLICE 1000   /* nanoseconds */
#define LONGEST_SLICE  200000 /* nanoseconds */

static uint64_t dice;
static unsigned quiet; /* ways out until the next shake */

/* A thread that was sent away from a CPU: its place in thread_table, its number there, and its affinity before and
 * meanwhile. */
static struct exile {
    uint32_t index, number;
    uint16_t before, meanwhile;
} exile;
#define EXILE_MARK (1u << (MAX_CPUS - 1)) /* a CPU that is not there: no program asks for it, so the mask is ours */

/* The next of Marsaglia's "Xorshift RNGs" (2003), 64 bits, shifts 13, 7, 17: 0 .. sides-1. */
static uint64_t throw_dice(uint64_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (dice >> 11) % sides;
}

bool shake_start(void)
{
    const char *digits = boot_option("shake=");
    uint64_t seed = 0;

    if (!digits)
        return false;
    for (; *digits >= '0' && *digits <= '9'; digits++)
        seed = seed * 10 + (uint64_t)(*digits - '0');
    dice = seed * 0x9e3779b97f4a7c15ul + 1; /* neighbouring seeds give distant states, and never 0 for small ones */
    return true;
}

/* The exile may come back, unless it is gone, or somebody gave it another affinity meanwhile. */
static void end_exile(void)
{
    struct thread *thread = thread_table[exile.index];

    if (thread && thread->number == exile.number && thread->affinity == exile.meanwhile)
        thread->affinity = exile.before;
    exile.number = 0;
}

static void yield(struct thread *thread)
{
    thread_ready(thread);
    schedule(PICK);
}

static void shuffle(unsigned priority)
{
    for (uint64_t turns = throw_dice(MOST_TURNS); turns; turns--)
        if (run_queue.bitmap >> priority & 1) {
            struct link *first = priority_queue_first(&run_queue, (int)priority);

            priority_queue_remove(&run_queue, first, priority);
            priority_queue_append(&run_queue, first, priority);
        }
}

static void hurry(struct percpu *cpu)
{
    cpu->tick_at = clock_now() + SHORTEST_SLICE + throw_dice(LONGEST_SLICE);
    timer_at_latest(cpu->tick_at);
}

static void dive(struct percpu *cpu)
{
    hurry(cpu);
    cpu->detour &= ~(uint32_t)DETOUR_DEBUG;
}

static bool has_other_place(const struct percpu *here, const struct thread *thread)
{
    int instead = priority_queue_highest(&run_queue);

    for (unsigned i = 0; i < machine.cpu_count; i++)
        if (&percpu_area[i] != here && percpu_area[i].running && thread->affinity >> i & 1 &&
            percpu_area[i].priority < thread->priority && percpu_area[i].priority <= instead)
            return true;
    return false;
}

static void migrate(struct percpu *cpu, struct thread *thread)
{
    if (machine.cpu_count == MAX_CPUS || !has_other_place(cpu, thread))
        return;
    exile = (struct exile){thread->index, thread->number, thread->affinity,
                           (uint16_t)((thread->affinity & ~(1u << cpu->number)) ^ EXILE_MARK)};
    thread->affinity = exile.meanwhile;
    yield(thread);
}

void shake_step(struct percpu *cpu)
{
    struct thread *thread = cpu->current;

    cpu->detour |= DETOUR_DEBUG;
    if (exile.number)
        end_exile();
    if (quiet) {
        quiet--;
        return;
    }
    quiet = (unsigned)throw_dice(MOST_QUIET);
    switch (throw_dice(5)) {
    case 0:
        yield(thread);
        break;
    case 1:
        shuffle(thread->priority);
        yield(thread);
        break;
    case 2:
        hurry(cpu);
        break;
    case 3:
        migrate(cpu, thread);
        break;
    default:
        dive(cpu);
    }
}
