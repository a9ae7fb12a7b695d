/*
 * Options of programs.
 */
#include "user/lib/option.h"
#include "user/lib/startup.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options options_start(char *arguments[], const char *letters, const char *usage)
{
    return (struct options){.letters = letters, .usage = usage, .operands = arguments + (arguments[0] != 0)};
}

_Noreturn void option_misuse(const struct options *options)
{
    fputs(options->usage, stderr);
    exit(2);
}

/* Takes up the next argument if it holds options. false: only operands are left. */
static bool next_cluster(struct options *options)
{
    const char *argument = *options->operands;
    if (!argument || argument[0] != '-' || !argument[1])
        return false;
    options->operands++;
    if (strcmp(argument, "--") == 0)
        return false;
    if (strcmp(argument, "--help") == 0) {
        fputs(options->usage, stdout);
        exit(EXIT_SUCCESS);
    }
    options->cluster = argument + 1;
    return true;
}

int option_next(struct options *options)
{
    if ((!options->cluster || !*options->cluster) && !next_cluster(options))
        return 0;
    char letter = *options->cluster++;
    const char *known = letter != ':' ? strchr(options->letters, letter) : 0;
    if (!known) {
        fprintf(stderr, "%s: unknown option -%c\n", program_name(), letter);
        option_misuse(options);
    }
    if (known[1] == ':') {
        options->value = *options->cluster ? options->cluster : *options->operands;
        if (!options->value) {
            fprintf(stderr, "%s: option -%c needs a value\n", program_name(), letter);
            option_misuse(options);
        }
        options->operands += !*options->cluster;
        options->cluster = 0;
    }
    return letter;
}

bool number_parse(const char *text, uint64_t *value)
{
    char *end;
    if (!isdigit(*text))
        return false;
    *value = strtoul(text, &end, 0);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift)
        end++;
    if (*end || *value > ~0ul >> shift)
        return false;
    *value <<= shift;
    return true;
}

uint64_t option_number(const struct options *options)
{
    uint64_t value;
    if (!number_parse(options->value, &value)) {
        fprintf(stderr, "%s: not a number: %s\n", program_name(), options->value);
        option_misuse(options);
    }
    return value;
}
