/*
 * ls: lists folders.
 */
#include "user/lib/complain.h"
#include "user/lib/directory.h"
#include "user/lib/file_text.h"
#include "user/lib/option.h"
#include "user/lib/path.h"
#include "user/lib/strings.h"
#include "user/lib/tree.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: ls [-a] [-l] [-1] [-R] [FILE...]\n"
                            "Lists folders and files. -a: names that begin with a dot too; -l: with all details;\n"
                            "-1: one name a line (so it is anywhere but on a terminal); -R: all folders below too.\n";

#define COLUMNS 80 /* of the terminal */

static struct {
    bool all, details, single, recursive;
    bool titles; /* say which folder is being listed */
    bool begun;  /* something was printed: a blank line comes before the next title */
    int result;  /* exit status */
} task;

/* One file with all details; `name` is how it is shown. */
static void print_details(const char *path, const char *name)
{
    struct file_status status;
    char permissions[FILE_PERMISSIONS], time[FILE_TIME], target[PATH_SIZE];
    int result = lstat(path, &status);
    if (result != OK) {
        task.result |= complain(path, result);
        return;
    }
    file_permissions(&status, permissions);
    file_time(status.modified, time);
    printf("%s %3lu %5u %5u %10lu %.16s %s", permissions, status.links, status.owner, status.group, status.size, time,
           name);
    if (status.kind == KIND_LINK && readlink(path, target, sizeof(target)) >= 0)
        printf(" -> %s", target);
    putchar('\n');
}

/* Names in columns, read downwards. */
static void print_columns(const struct strings *names)
{
    size_t width = 1;
    for (size_t i = 0; i < names->count; i++)
        if (strlen(names->items[i]) + 2 > width)
            width = strlen(names->items[i]) + 2;
    size_t columns = width < COLUMNS ? COLUMNS / width : 1;
    size_t rows = (names->count + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < names->count; i += rows)
            printf("%-*s", i + rows < names->count ? (int)width : 0, names->items[i]);
        putchar('\n');
    }
}

/* Names that lie in `folder`, or stand for themselves where it is empty. */
static void print_names(const char *folder, const struct strings *names)
{
    char path[PATH_SIZE];
    task.begun |= names->count > 0;
    if (!task.details && !task.single) {
        print_columns(names);
        return;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (!task.details)
            puts(names->items[i]);
        else if (!*folder)
            print_details(names->items[i], names->items[i]);
        else if (path_join(path, folder, names->items[i]) == OK)
            print_details(path, names->items[i]);
    }
}

static void list_folder(const char *folder)
{
    struct listing listing;
    struct strings names = {0};
    int status = directory_list(folder, &listing);
    if (status != OK) {
        task.result |= complain(folder, status);
        return;
    }
    if (task.titles)
        printf("%s%s:\n", task.begun ? "\n" : "", folder);
    task.begun = true;
    for (size_t i = 0; i < listing.count; i++)
        if ((task.all || listing.entries[i].name[0] != '.') && !strings_add(&names, listing.entries[i].name))
            exit(complain(folder, E_QUOTA));
    print_names(folder, &names);
    strings_free(&names);
    listing_free(&listing);
}

static void visit(void *context, const char *path, enum tree_event event, int detail)
{
    (void)context, (void)detail;
    if (event == TREE_ENTER) /* a folder that cannot be read is reported by list_folder() */
        list_folder(path);
}

/* Sorts the operands: what is no folder is listed first, by name. */
static void split_operands(char *const *operands, struct strings *files, struct strings *folders)
{
    for (; *operands; operands++) {
        struct file_status status;
        int result = stat(*operands, &status);
        if (result != OK)
            result = lstat(*operands, &status); /* a link to nowhere is listed all the same */
        if (result != OK)
            task.result |= complain(*operands, result);
        else if (!strings_add(status.kind == KIND_DIRECTORY ? folders : files, *operands))
            exit(complain(*operands, E_QUOTA));
    }
}

static void list_operands(char *const *operands)
{
    struct strings files = {0}, folders = {0};
    split_operands(operands, &files, &folders);
    task.titles = task.recursive || (operands[0] && operands[1]);
    print_names("", &files);
    for (size_t i = 0; i < folders.count; i++) {
        if (task.recursive)
            tree_walk(folders.items[i], visit, 0);
        else
            list_folder(folders.items[i]);
    }
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "al1R", usage);
    char *const here[] = {".", 0};
    for (int letter; (letter = option_next(&options)) != 0;) {
        task.all |= letter == 'a';
        task.details |= letter == 'l';
        task.single |= letter == '1';
        task.recursive |= letter == 'R';
    }
    task.single |= !is_terminal(1);
    list_operands(*options.operands ? options.operands : here);
    return task.result;
}
