/*
 * cp: copies files and folders.
 */
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/copy.h"
#include "user/lib/file.h"
#include "user/lib/operands.h"
#include "user/lib/tree.h"
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: cp [-r] SOURCE TARGET\n"
                            "       cp [-r] SOURCE... FOLDER\n"
                            "Copies files; with -r folders with all they contain (symbolic links as links).\n";

struct copying {
    size_t source_length; /* of the source's path: what follows it is the same in the target */
    const char *target;   /* of the whole copy */
    char path[PATH_SIZE]; /* of the entry being made */
    int result;           /* exit status */
};

/* Makes `path` a symbolic link like the one at `source`. */
static int copy_link(const char *source, const char *path)
{
    char target[PATH_SIZE];
    long length = readlink(source, target, sizeof(target));
    if (length < 0)
        return complain(source, (int)length);
    int status = symlink(target, path);
    return status == OK ? EXIT_SUCCESS : complain(path, status);
}

static int copy_folder(const char *path)
{
    int status = mkdir(path, 0755);
    return status == OK || status == -ERROR_EXISTS ? EXIT_SUCCESS : complain(path, status);
}

/* Copies one entry of the tree. */
static void visit(void *context, const char *path, enum tree_event event, int detail)
{
    struct copying *copying = context;
    size_t size = strlcpy(copying->path, copying->target, PATH_SIZE);
    if (event == TREE_FAILED)
        copying->result |= complain(path, detail);
    else if (strlcpy(copying->path + size, path + copying->source_length, PATH_SIZE - size) >= PATH_SIZE - size)
        copying->result |= complain(path, ERROR_NAME_TOO_LONG);
    else if (event == TREE_ENTER)
        copying->result |= copy_folder(copying->path);
    else if (event == TREE_FILE)
        copying->result |= detail == KIND_LINK ? copy_link(path, copying->path) : copy_file(path, copying->path);
}

static int copy_tree(const char *source, const char *target)
{
    static struct copying copying;
    copying = (struct copying){.source_length = strlen(source), .target = target};
    if (is_inside(target, source))
        return complain(target, ERROR_LOOP);
    tree_walk(source, visit, &copying);
    return copying.result;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "r", usage);
    bool recursive = false;
    while (option_next(&options))
        recursive = true;
    return operands_each_to(&options, recursive ? copy_tree : copy_file);
}
