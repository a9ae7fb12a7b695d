/* Paths; path.h says what they lead to. */
#include "path.h"
#include "link.h"
#include "servers/proto/error.h"
#include <string.h>

#define WALK_TEXT 4096u

/*
 * A walk in progress. What is left of the path lies at the end of `text`, so that a symbolic link's target can be put
 * in front of it.
 */
struct walk {
    uint32_t directory; /* where the next component is looked for */
    unsigned links;     /* symbolic links followed so far */
    unsigned start;     /* of what is left; WALK_TEXT: nothing */
    char text[WALK_TEXT];
};

struct component {
    struct name name; /* in the walk's text */
    bool is_last, has_slash;
};

struct name lookup_name(const struct lookup *lookup)
{
    return (struct name){lookup->name, lookup->name_length};
}

static void skip_slashes(struct walk *walk)
{
    while (walk->start < WALK_TEXT && walk->text[walk->start] == '/')
        walk->start++;
}

/* What is left begins anew: at the root, if with a slash. */
static void begin(struct walk *walk)
{
    if (walk->start < WALK_TEXT && walk->text[walk->start] == '/')
        walk->directory = ROOT_INODE;
}

/* Takes the next component; the slashes behind it stay. False at the end. */
static bool next_component(struct walk *walk, struct component *component)
{
    skip_slashes(walk);
    unsigned end = walk->start;
    while (end < WALK_TEXT && walk->text[end] != '/')
        end++;
    component->name = (struct name){walk->text + walk->start, end - walk->start};
    walk->start = end;
    while (end < WALK_TEXT && walk->text[end] == '/')
        end++;
    component->is_last = end == WALK_TEXT;
    component->has_slash = end > walk->start;
    return component->name.length > 0;
}

/* Looks a name up in the walk's directory. */
static int look_up(const struct walk *walk, struct name name, uint32_t *number)
{
    struct inode directory;
    int status = inode_get_named(walk->directory, &directory);
    if (status != OK)
        return status;
    if (inode_kind(&directory) != KIND_DIRECTORY)
        status = ERROR_NOT_DIRECTORY;
    else
        status = directory_look_up(&directory, name, number);
    inode_put(&directory);
    return status;
}

/* Puts a link's target in front of what is left. */
static int expand(struct walk *walk, struct inode *link)
{
    uint64_t length = inode_size(link);
    if (++walk->links > PATH_LINKS)
        return ERROR_LOOP;
    if (length > walk->start)
        return ERROR_NAME_TOO_LONG;
    int status = link_read(link, walk->text + walk->start - length, length);
    walk->start -= (unsigned)length;
    begin(walk);
    return status;
}

/* Steps to inode `number`, found under the component's name. */
static int enter(struct walk *walk, const struct component *component, uint32_t number, bool follow)
{
    struct inode inode;
    int status = inode_get_named(number, &inode);
    if (status != OK)
        return status;
    unsigned kind = inode_kind(&inode);
    if (kind == KIND_LINK && (follow || component->has_slash))
        status = expand(walk, &inode);
    else if (component->has_slash && kind != KIND_DIRECTORY)
        status = ERROR_NOT_DIRECTORY;
    else
        walk->directory = number;
    inode_put(&inode);
    return status;
}

static bool is_dots(struct name name)
{
    return name.bytes[0] == '.' && (name.length == 1 || (name.length == 2 && name.bytes[1] == '.'));
}

/* The path leads to the walk's directory itself, unless a component follows. */
static void begin_lookup(const struct walk *walk, struct lookup *lookup)
{
    lookup->inode = lookup->parent = walk->directory;
    lookup->name_length = 0;
    lookup->wants_directory = false;
}

static int step(struct walk *walk, const struct component *component, bool follow, struct lookup *lookup)
{
    if (component->name.length > FS_NAME)
        return ERROR_NAME_TOO_LONG;
    lookup->parent = walk->directory;
    lookup->name_length = is_dots(component->name) ? 0 : component->name.length;
    lookup->wants_directory = component->has_slash;
    memcpy(lookup->name, component->name.bytes, lookup->name_length);
    int status = look_up(walk, component->name, &lookup->inode);
    if (status != OK) {
        lookup->inode = 0;
        return status == ERROR_NOT_FOUND && component->is_last ? OK : status;
    }
    if (lookup->inode == ROOT_INODE && lookup->name_length > 0)
        return damaged("directory %u contains the root", lookup->parent);
    status = enter(walk, component, lookup->inode, follow);
    if (walk->directory != lookup->inode) /* a link: what it stands for is still ahead */
        begin_lookup(walk, lookup);
    return status;
}

int path_find(uint32_t start, struct name path, bool follow, struct lookup *lookup)
{
    struct component component;
    struct walk walk;
    if (path.length > FS_PATH)
        return ERROR_NAME_TOO_LONG;
    walk.directory = start;
    walk.links = 0;
    walk.start = WALK_TEXT - path.length;
    memcpy(walk.text + walk.start, path.bytes, path.length);
    if (memchr(walk.text + walk.start, '\0', path.length) != NULL)
        return ERROR_MALFORMED;
    begin(&walk);
    begin_lookup(&walk, lookup);
    while (next_component(&walk, &component)) {
        int status = step(&walk, &component, follow, lookup);
        if (status != OK)
            return status;
    }
    return OK;
}
