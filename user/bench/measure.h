/*
 * Counting guest instructions: what all benches share.
 *
 * Under QEMU's -icount shift=0 the time stamp counter counts exactly one per instruction, on one CPU; calibrate() tells
 * whether it does. A figure is the median of BATCHES batches.
 */
#pragma once
#include <stdint.h>

#define BATCHES     7
#define CALIBRATION 100000u /* rounds of two instructions */

static inline uint64_t instructions(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

/* What a loop of 2 * CALIBRATION instructions counts as. */
static inline uint64_t calibrate(void)
{
    unsigned rounds = CALIBRATION;
    uint64_t start = instructions();
    __asm__ volatile("1: dec %0\n jnz 1b" : "+r"(rounds)::"cc");
    return instructions() - start;
}

/* The median of `count` costs, which it sorts. */
static inline uint64_t median(uint64_t *costs, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        for (unsigned j = i; j > 0 && costs[j] < costs[j - 1]; j--) {
            uint64_t less = costs[j];
            costs[j] = costs[j - 1];
            costs[j - 1] = less;
        }
    return costs[count / 2];
}
