/*
 * find: the paths of everything below folders.
 */
#include "user/lib/complain.h"
#include "user/lib/glob.h"
#include "user/lib/path.h"
#include "user/lib/tree.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: find [PATH...] [-type f|d|l] [-name PATTERN]\n"
    "Prints the paths of all files and folders at and below each path, the current folder if\n"
    "none is given. -type: only files, folders or symbolic links; -name: only matching names.\n";

struct search {
    unsigned kind;    /* 0: any */
    const char *name; /* 0: any */
    int result;       /* exit status */
};

static void visit(void *context, const char *path, enum tree_event event, int detail)
{
    struct search *search = context;
    if (event == TREE_FAILED)
        search->result |= complain(path, detail);
    else if (event != TREE_LEAVE && (!search->kind || search->kind == (unsigned)detail) &&
             (!search->name || glob_match(search->name, path_name(path))))
        puts(path);
}

static _Noreturn void misuse(void)
{
    fputs(usage, stderr);
    exit(2);
}

static unsigned kind_of(const char *letter)
{
    if (strcmp(letter, "f") == 0)
        return KIND_FILE;
    if (strcmp(letter, "d") == 0)
        return KIND_DIRECTORY;
    if (strcmp(letter, "l") == 0)
        return KIND_LINK;
    misuse();
}

/* Reads the conditions, which stand after the paths. */
static void read_conditions(struct search *search, char **arguments)
{
    for (; arguments[0]; arguments += 2) {
        if (!arguments[1])
            misuse();
        if (strcmp(arguments[0], "-type") == 0)
            search->kind = kind_of(arguments[1]);
        else if (strcmp(arguments[0], "-name") == 0)
            search->name = arguments[1];
        else
            misuse();
    }
}

int main(int count, char *arguments[])
{
    int paths = 1;
    struct search search = {0};
    if (count == 2 && strcmp(arguments[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    while (paths < count && arguments[paths][0] != '-')
        paths++;
    read_conditions(&search, arguments + paths);
    if (paths == 1)
        tree_walk(".", visit, &search);
    for (int i = 1; i < paths; i++)
        tree_walk(arguments[i], visit, &search);
    return search.result;
}
