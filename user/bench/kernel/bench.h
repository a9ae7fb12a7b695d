/*
 * The frame of the benches that run alone with the kernel.
 *
 * The program boots in place of init and runs the one group of benches that the word `bench=GROUP` on the command line
 * names. The groups run in the first process, at the highest priority and on CPU 0; the processes they need besides are
 * clones of it (tests/guest/harness/clone.h). Lines on COM1, read by tools/bench:
 *
 *   CALIBRATION expected measured
 *   BENCH figure value unit note ...
 *   POINT curve x y ...
 *   LONGEST instructions            with interrupts off, so far; 0 without the boot option measure=on
 *   DONE
 *
 * Anything that is not as expected ends the run with a line FAIL.
 */
#pragma once
#include "tests/guest/harness/line.h"
#include "tests/guest/harness/story.h"
#include "user/bench/kernel/loops.h"
#include "user/bench/measure.h"

#define BENCH_PRIORITY 31 /* of the first process, and of partners unless said otherwise */
#define FEW            200
#define FAR_AWAY       (sys_clock() + 1000 * SECOND) /* a deadline that never passes */

/* The groups. */
void bench_messages(void);
void bench_events(void);
void bench_memory(void);
void bench_shootdown(void);
void bench_threads(void);
void bench_deadlines(void);
void bench_revoke(void);
void bench_steps(void);

/* One figure, in instructions. `note` is text to the end of the line. */
void report(const char *figure, uint64_t instructions, const char *note);

/*
 * A partner: a clone on CPU 0, of our priority. It learns its handles from the board: tell() them, the one it waits for
 * last; told() waits, because a time slice may end at any moment. `fault` is its fault endpoint, or 0.
 */
handle_t partner(void (*run)(void *argument), void *argument, uint64_t quota, handle_t fault);
enum tidings { HANDLE, OTHER_HANDLE, TIDINGS };
void tell(enum tidings what, uint64_t value);
uint64_t told(enum tidings what);

/* What a round of the loop costs on all CPUs, without what spinners execute: the median of the batches, of so many
 * rounds each. */
uint64_t cost_of(void (*run)(struct loop *loop), struct loop *loop, unsigned rounds);

/* The same for an ordinary function, whose index runs from 0 to FEW - 1 in each batch; `undo` after it, not measured.
 * Either may cost nothing but what it does: both are inlined. */
#define COST_OF_EACH(each, undo)                                                                                       \
    ({                                                                                                                 \
        uint64_t costs_[BATCHES];                                                                                      \
        for (unsigned batch_ = 0; batch_ <= BATCHES; batch_++) {                                                       \
            uint64_t start_ = instructions();                                                                          \
            for (unsigned i_ = 0; i_ < FEW; i_++)                                                                      \
                each(i_);                                                                                              \
            costs_[batch_ ? batch_ - 1 : 0] = (instructions() - start_ + FEW / 2) / FEW; /* the first warms up */      \
            for (unsigned i_ = 0; i_ < FEW; i_++)                                                                      \
                undo(i_);                                                                                              \
        }                                                                                                              \
        median(costs_, BATCHES);                                                                                       \
    })
