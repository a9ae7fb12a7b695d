/*
 * rm: removes files, and folders with all they contain.
 */
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include "user/lib/tree.h"
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: rm [-r] [-f] FILE...\n"
                            "Removes files; -r: folders too, with all they contain; -f: a missing file is no error.\n";

struct removal {
    bool recursive, force;
    int result; /* exit status */
};

static void note(struct removal *removal, const char *path, int status)
{
    if (status != OK && !(removal->force && status == -ERROR_NOT_FOUND))
        removal->result |= complain(path, status);
}

static void visit(void *context, const char *path, enum tree_event event, int detail)
{
    struct removal *removal = context;
    if (event == TREE_FAILED)
        note(removal, path, detail);
    else if (event == TREE_FILE)
        note(removal, path, unlink(path));
    else if (event == TREE_LEAVE)
        note(removal, path, rmdir(path));
}

static void remove_one(struct removal *removal, const char *path)
{
    char absolute[PATH_SIZE];
    if (!removal->recursive)
        note(removal, path, unlink(path));
    else if (path_absolute(path, absolute) == OK && strcmp(absolute, "/") == 0)
        removal->result |= complain(path, ERROR_PERMISSION);
    else
        tree_walk(path, visit, removal);
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "rf", usage);
    struct removal removal = {0};
    for (int letter; (letter = option_next(&options)) != 0;) {
        removal.recursive |= letter == 'r';
        removal.force |= letter == 'f';
    }
    if (!*options.operands && !removal.force)
        option_misuse(&options);
    for (; *options.operands; options.operands++)
        remove_one(&removal, *options.operands);
    return removal.result;
}
