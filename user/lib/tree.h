/*
 * Walking a folder and all below it, in sorted order. Links are not followed.
 */
#pragma once
#include "user/lib/path.h"

enum tree_event {
    TREE_FILE,   /* anything but a folder */
    TREE_ENTER,  /* a folder, before what is in it */
    TREE_LEAVE,  /* the same folder, after */
    TREE_FAILED, /* a path that could not be examined or read: `detail` is the status */
};

/* `detail`: the enum io_kind, or a status for TREE_FAILED. */
typedef void tree_visitor(void *context, const char *path, enum tree_event event, int detail);

/* Calls `visit` for `path` and everything below. A folder is read as a whole before the visits: it may be changed. */
void tree_walk(const char *path, tree_visitor *visit, void *context);
