/*
 * The tools of a debug image, of which debug.c has the list. Each has a function that looks for its boot option and
 * says whether it is to work, and one that is called on every way out of the kernel, with the lock held.
 */
#pragma once
#include "kernel/base/percpu.h"
#include <stdbool.h>

/* shake.c: shake=SEED */
bool shake_start(void);
void shake_step(struct percpu *cpu);

/* validate.c: validate=N */
bool validate_start(void);
void validate_step(struct percpu *cpu);
