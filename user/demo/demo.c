/*
 * demo: shows what this system can do, with figures.
 */
#include "user/demo/demo.h"
#include "user/lib/option.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct demo {
    const char *name;
    int (*run)(char *arguments[]);
    const char *help;
} demos[] = {
    {"restart", demo_restart,
     "restart [--file PATH] [--server NAME] [--period MS] [--kills N]\n"
     "    Copies a file again and again while the file server and the disk's driver are killed under it, and\n"
     "    compares. NAME: kill this server instead; MS: milliseconds between kills (250); N: how many (40).\n"},
};

static int help(FILE *stream, int status)
{
    fputs("usage: demo NAME [OPTIONS]\n", stream);
    for (size_t i = 0; i < sizeof(demos) / sizeof(demos[0]); i++)
        fputs(demos[i].help, stream);
    return status;
}

int demo_options(char *arguments[], const struct demo_option *options)
{
    for (; arguments[0]; arguments += 2) {
        const struct demo_option *option = options;
        while (option->name && strcmp(option->name, arguments[0]) != 0)
            option++;
        if (!option->name) {
            fprintf(stderr, "demo: unknown option %s\n", arguments[0]);
            return 0;
        }
        if (!arguments[1] || (option->number && !number_parse(arguments[1], option->number))) {
            fprintf(stderr, "demo: %s needs a %s\n", option->name, option->number ? "number" : "value");
            return 0;
        }
        if (option->text)
            *option->text = arguments[1];
    }
    return 1;
}

int main(int count, char *arguments[])
{
    if (count < 2)
        return help(stderr, 2);
    for (size_t i = 0; i < sizeof(demos) / sizeof(demos[0]); i++)
        if (strcmp(demos[i].name, arguments[1]) == 0)
            return demos[i].run(arguments + 2);
    return strcmp(arguments[1], "--help") == 0 ? help(stdout, EXIT_SUCCESS) : help(stderr, 2);
}
