/*
 * What every host test of the kernel needs: cmocka, and dice whose seed is printed, so that a failure can be repeated.
 *
 * Each test program takes the seed as its argument.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint64_t dice_state;

static inline void dice_start(int argument_count, char **arguments)
{
    dice_state = argument_count > 1 ? strtoull(arguments[1], NULL, 0) : 1;
    printf("seed %llu\n", (unsigned long long)dice_state);
    dice_state = dice_state * 0x9e3779b97f4a7c15ul + 1;
}

/* 0 .. sides-1 */
static inline uint64_t dice(uint64_t sides)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return dice_state % sides;
}
