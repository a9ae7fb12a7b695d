/*
 * Reading folders.
 *
 * opendir() .. readdir() .. closedir() gives the entries in the server's order, without "." and "..". directory_list()
 * takes them all at once, sorted: what programs that change the folder meanwhile want. "/" also has "system".
 */
#pragma once
#include "user/lib/file.h"

struct directory;
struct directory_entry {
    unsigned inode;
    unsigned kind; /* enum io_kind */
    char name[FS_NAME + 1];
};

/* OK and *directory, or a negative status. */
int opendir(const char *path, struct directory **directory);

/* 1 and the next entry, 0 at the end, or a negative status. */
int readdir(struct directory *directory, struct directory_entry *entry);
void closedir(struct directory *directory);

struct listing {
    size_t count;
    struct listed {
        char *name;
        unsigned kind;
    } * entries; /* sorted by name, as bytes */
};

/* Reads a whole folder. OK, or a negative status and an empty listing. Free it with listing_free(). */
int directory_list(const char *path, struct listing *listing);
void listing_free(struct listing *listing);
