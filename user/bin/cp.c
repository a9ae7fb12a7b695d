/*
 * cp: copies files and folders.
 */
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/copy.h"
#include "user/lib/file.h"
#include "user/lib/option.h"
#include "user/lib/tree.h"
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: cp [-r] SOURCE TARGET\n"
                            "       cp [-r] SOURCE... FOLDER\n"
                            "Copies files; with -r folders with all they contain (symbolic links as links).\n";

struct copying {
    size_t source_length;   /* of the source's path: what follows it is the same in the target */
    char target[PATH_SIZE]; /* of the whole copy */
    char path[PATH_SIZE];   /* of the entry being made */
    int result;             /* exit status */
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

static int copy_one(const char *source, const char *target, bool recursive)
{
    static struct copying copying;
    copying = (struct copying){.source_length = strlen(source)};
    int status = copy_target(source, target, copying.target);
    if (status != OK)
        return complain(source, status);
    if (!recursive)
        return copy_file(source, copying.target);
    if (is_inside(copying.target, source))
        return complain(copying.target, ERROR_LOOP);
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
    size_t operands = 0;
    while (options.operands[operands])
        operands++;
    if (operands < 2)
        option_misuse(&options);
    const char *target = options.operands[operands - 1];
    struct file_status status;
    if (operands > 2 && (stat(target, &status) != OK || status.kind != KIND_DIRECTORY))
        return complain(target, ERROR_NOT_DIRECTORY);
    int result = EXIT_SUCCESS;
    for (size_t i = 0; i + 1 < operands; i++)
        result |= copy_one(options.operands[i], target, recursive);
    return result;
}
