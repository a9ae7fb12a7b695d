/*
 * Walking folders: one path buffer grows and shrinks with the depth, so that a level costs little stack.
 */
#include "user/lib/tree.h"
#include "servers/proto/error.h"
#include "user/lib/directory.h"
#include <string.h>

struct walk {
    tree_visitor *visit;
    void *context;
    char path[PATH_SIZE];
};

static void walk_entry(struct walk *walk, unsigned kind);

/* Visits what is in the folder walk->path. */
static void walk_folder(struct walk *walk)
{
    struct listing listing;
    size_t length = strlen(walk->path);
    int status = directory_list(walk->path, &listing);
    if (status != OK)
        walk->visit(walk->context, walk->path, TREE_FAILED, status);
    for (size_t i = 0; i < listing.count; i++) {
        status = path_join(walk->path, walk->path, listing.entries[i].name);
        if (status == OK)
            walk_entry(walk, listing.entries[i].kind);
        else
            walk->visit(walk->context, walk->path, TREE_FAILED, status);
        walk->path[length] = 0;
    }
    listing_free(&listing);
}

static void walk_entry(struct walk *walk, unsigned kind)
{
    if (kind != KIND_DIRECTORY) {
        walk->visit(walk->context, walk->path, TREE_FILE, (int)kind);
        return;
    }
    walk->visit(walk->context, walk->path, TREE_ENTER, KIND_DIRECTORY);
    walk_folder(walk);
    walk->visit(walk->context, walk->path, TREE_LEAVE, KIND_DIRECTORY);
}

void tree_walk(const char *path, tree_visitor *visit, void *context)
{
    struct walk walk = {.visit = visit, .context = context};
    struct file_status status;
    int result =
        strlcpy(walk.path, path, sizeof(walk.path)) < sizeof(walk.path) ? lstat(path, &status) : -ERROR_NAME_TOO_LONG;
    if (result == OK)
        walk_entry(&walk, status.kind);
    else
        visit(context, path, TREE_FAILED, result);
}
