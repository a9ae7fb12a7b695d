/*
 * Demonstrations: each is a file of this folder, a function here, and a line in demo.c's table.
 *
 * A demonstration prints what it shows as it goes and returns its exit status. `arguments` are those after its name.
 */
#pragma once

int demo_restart(char *arguments[]);

/* An option that takes a value, as in --kills 10. */
struct demo_option {
    const char *name; /* with its dashes; 0 ends a list */
    const char **text;
    unsigned long *number; /* one of the two is set */
};

/* Reads options until there is no argument left. Says what is wrong and returns 0 if something is. */
int demo_options(char *arguments[], const struct demo_option *options);
