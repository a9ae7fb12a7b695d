/*
 * Programs that do the same with each of their operands, as most do. A step returns an exit status, or a negative
 * status that is then complained about, under the operand's name. The exit status of all together is returned.
 */
#pragma once
#include "user/lib/option.h"

/* For `PROGRAM OPERAND...`. */
int operands_each(const struct options *options, int (*step)(const char *operand));

/*
 * For `PROGRAM SOURCE TARGET` and `PROGRAM SOURCE... FOLDER`. `target` is where the source is to arrive: where it says,
 * or, if a folder is there, in that under the source's own name.
 */
int operands_each_to(const struct options *options, int (*step)(const char *source, const char *target));
