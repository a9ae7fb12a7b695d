/*
 * Files, folders and streams by number, on the servers' protocols io.h and fs.h.
 *
 * A descriptor is a small number that stands for a capability, an offset and flags; 0, 1 and 2 are input, output and
 * error, as the process was given them. One without a capability is at end of file and swallows output.
 *
 * Every function returns a value >= 0, or a negative status: -E_... or -ERROR_..., which status_text() names. Requests
 * that a dying server left unanswered are repeated if they are idempotent; for the others the caller learns
 * -E_SERVER_DIED and decides. Paths are as path.h says. All functions may be called by several threads at once.
 */
#pragma once
#include "servers/proto/fs.h"
#include "user/lib/syscall.h"
#include <stdbool.h>

#define DESCRIPTORS 64 /* open at once */

/* How to open: FS_READ, FS_WRITE, FS_CREATE, ... of fs.h, and: every write goes to the end of the file. */
#define OPEN_APPEND (1u << 16)

struct file_status {
    uint64_t size;        /* bytes */
    unsigned kind;        /* enum io_kind */
    unsigned permissions; /* the low 12 bits of an inode's mode */
    uint64_t inode, links;
    uint64_t modified; /* seconds since 1970, UTC */
    uint64_t blocks;   /* 512-byte blocks in use */
    unsigned owner, group;
};

/* ---- descriptors (descriptor.c) ---- */

/* Opens a file; `mode`: permissions of one that is created. Returns the lowest free descriptor. */
int open(const char *path, unsigned flags, unsigned mode);
int close(int descriptor);

/* Makes a descriptor for a capability, which it then owns. `flags`: OPEN_APPEND or 0. */
int descriptor_adopt(handle_t handle, unsigned flags);

/* The capability behind a descriptor, still the descriptor's; 0 if there is none. */
handle_t descriptor_handle(int descriptor);

/* A second descriptor for the same; from then on each has its own offset. Returns its number. */
int dup(int descriptor);

/* Exchanges what two descriptors stand for: redirects one, and done twice, undoes it. */
int descriptor_swap(int left, int right);

/* ---- bytes (transfer.c) ---- */

/* Up to `size` bytes; fewer are normal, 0 is the end. */
long read(int descriptor, void *buffer, size_t size);

/* All bytes, or the error that stopped it. Returns `size`. */
long write(int descriptor, const void *buffer, size_t size);

/* The next read or write starts at `offset` bytes. */
int seek(int descriptor, uint64_t offset);
int fstat(int descriptor, struct file_status *status);
int fsync(int descriptor);
int ftruncate(int descriptor, uint64_t length);
bool is_terminal(int descriptor);

/* ---- names (names.c) ---- */
int stat(const char *path, struct file_status *status);  /* follows links */
int lstat(const char *path, struct file_status *status); /* of the link itself */
int unlink(const char *path);
int mkdir(const char *path, unsigned mode);
int rmdir(const char *path);
int rename(const char *from, const char *to);
int link(const char *from, const char *to);      /* `to` becomes a second name */
int symlink(const char *target, const char *to); /* the target is stored as it is given */

/* The target, zero-terminated and cut to `size`; returns its whole length. */
long readlink(const char *path, char *target, size_t size);

/* Sets the modification time; ~0 means now. */
int set_time(const char *path, uint64_t seconds);

/* Everything written to the disk so far is durable on return. */
int sync(void);

struct space {
    uint64_t block_size, blocks, free_blocks, inodes, free_inodes;
    bool read_only;
};
int file_system_space(const char *path, struct space *space);
