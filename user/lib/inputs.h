/*
 * The loop of programs that read the files they are given.
 */
#pragma once

/* Works on one open input; OK, or a negative status that the loop reports with the name. */
typedef int input_function(void *context, int descriptor, const char *name);

/*
 * Opens each operand for reading and passes it on; "-" is standard input, and so is an empty list. Complains about what
 * cannot be opened or fails, and goes on. Returns the exit status.
 */
int inputs_process(char *const *operands, input_function *process, void *context);
