/*
 * Options of programs: -l, -la, -n 5, -n5, `--` ends them, --help explains. Options stand before the operands.
 *
 *   struct options options = options_start(arguments, "ln:", usage);
 *   for (int letter; (letter = option_next(&options)) != 0;)
 *       if (letter == 'n') lines = options.value; ...
 *   options.operands is now the rest, ended by 0
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *letters; /* as given; a ':' after a letter: it takes a value */
    const char *usage;
    char **operands;     /* what was not read yet */
    const char *cluster; /* further letters of the argument being read */
    const char *value;   /* of the last option that takes one */
};

/* `arguments` are main()'s; `usage` is the text for --help, ended by a newline. */
struct options options_start(char *arguments[], const char *letters, const char *usage);

/* The next option's letter; 0 when only operands are left. --help and mistakes end the program. */
int option_next(struct options *options);

/* Prints the usage to stderr and ends the program with status 2. */
_Noreturn void option_misuse(const struct options *options);

/* A decimal, 0x or 0 number with an optional K, M or G (powers of 1024). false if the text is anything else. */
bool number_parse(const char *text, uint64_t *value);

/* The same for an option's value: anything else is a misuse. */
uint64_t option_number(const struct options *options);
