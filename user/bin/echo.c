/*
 * echo: prints its arguments. Only -n as the first one is special; everything else is printed as it is.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: echo [-n] [TEXT...]\n"
                            "Prints the texts with a space between them and a newline, with -n without it.\n";

int main(int count, char *arguments[])
{
    if (count == 2 && strcmp(arguments[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    bool newline = !(count > 1 && strcmp(arguments[1], "-n") == 0);
    int first = newline ? 1 : 2;
    for (int i = first; i < count; i++)
        printf("%s%s", i > first ? " " : "", arguments[i]);
    if (newline)
        putchar('\n');
    return 0;
}
