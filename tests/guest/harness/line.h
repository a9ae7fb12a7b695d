/*
 * The test machine's two outputs: lines of text on COM1, and the power switch. Only the first process has them.
 */
#pragma once

/* Prints formatted text (at most 400 bytes) on COM1. Context: the first process. */
void line_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints one byte. Context: the first process. */
void line_put(char byte);

/* Turns the machine off; with a machine that has no power switch, stops in a loop. Context: the first process. */
_Noreturn void line_power_off(void);
