/*
 * Names: what a directory capability of the file server (or of the read-only boot archive) understands, on top of io.h.
 *
 * Paths are bytes without a zero, lent as lease 0, at most FS_PATH long, relative to the directory the capability
 * names; a leading '/' means the file system's root, also in symbolic links. `.`, `..` and links are followed as usual.
 * The server copies a path once, then checks its copy.
 *
 * The badge of an open file: inode (bits 0..31), generation (32..55), enum fs_badge bits (56..63). The generation
 * counts how often the inode's number was given to a new file, so the badge of a file that is gone never opens another.
 * A file is gone when its last name is: its handles then answer ERROR_STALE, they do not keep it alive. The root is
 * never gone; its badge has inode 2 and any generation.
 *
 * Rights: reading needs READ, writing WRITE, all operations on names DIRECTORY, those that change names WRITE as well.
 * What is opened through a directory has at most that directory's rights. A directory is opened for writing (of names)
 * with FS_DIRECTORY | FS_WRITE.
 *
 * When the server dies over a request, the client sends it again. Operations marked "once" are not idempotent: they
 * carry a sequence number in word 7, counted by the client thread from 1, and the same in each repetition. A successor
 * answers one that was done with the answer that got lost. The others may be done any number of times.
 */
#pragma once
#include "servers/proto/io.h"

#define FS_PATH 1024 /* bytes */
#define FS_NAME 255

enum fs_badge { FS_BADGE_READ = 1, FS_BADGE_WRITE = 2, FS_BADGE_DIRECTORY = 4 };

enum fs_open_flags {
    FS_READ = 1,
    FS_WRITE = 2,
    FS_CREATE = 4,
    FS_EXCLUSIVE = 8, /* with CREATE: fail if it exists */
    FS_TRUNCATE = 16,
    FS_DIRECTORY = 32, /* fail unless it is a directory */
    FS_NO_FOLLOW = 64, /* the last component, if a link, is not followed (STATUS) */
};

enum fs_operation {
    /* once. words: flags, mode, path length, [7] sequence. Answer: capability; words: size, mode (as IO_STATUS_MODE),
     * inode */
    FS_OPEN = 0x200,
    /* words: cursor (0 first), length; lease 0 (write). Answer: bytes written, next cursor; 0 bytes = end.
     * Fills whole struct fs_directory_entry records, "." and ".." among them. */
    FS_READ_DIRECTORY = 0x201,
    /* words: flags (FS_NO_FOLLOW or 0), path length. Answer: as IO_STATUS */
    FS_STATUS = 0x202,
    /* once. words: path length, [7] sequence; not for directories */
    FS_UNLINK = 0x203,
    /* once. words: path length, mode, [7] sequence */
    FS_MAKE_DIRECTORY = 0x204,
    /* once. words: path length, [7] sequence; only if empty */
    FS_REMOVE_DIRECTORY = 0x205,
    /* once. words: old length, new length, [7] sequence; lease 0 old, lease 1 new path. Replaces a file, or an empty
     * directory by a directory, atomically */
    FS_RENAME = 0x206,
    /* once. The same words and leases: a second name for the file */
    FS_LINK = 0x207,
    /* once. words: target length, path length, [7] sequence; lease 0 target, lease 1 path */
    FS_SYMBOLIC_LINK = 0x208,
    /* words: path length, buffer length; lease 0 path, lease 1 (write) the target. Answer: its length */
    FS_READ_LINK = 0x209,
    /* Answer: words: block size, blocks, free blocks, inodes, free inodes, 1 if read-only */
    FS_SPACE = 0x20a,
    /* everything durable on return */
    FS_SYNC = 0x20b,
    /* once. words: path length, seconds since 1970 (~0: now), [7] sequence. Sets the modification time */
    FS_SET_TIME = 0x20c,
};

/* A record of READ_DIRECTORY; `length` is a multiple of 8 and covers the name, which is not zero-terminated. */
struct fs_directory_entry {
    unsigned inode;
    unsigned short length;
    unsigned char kind; /* enum io_kind */
    unsigned char name_length;
    char name[];
};
