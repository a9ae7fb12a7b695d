/*
 * Names: how a path of the user becomes a server and a path for it.
 *
 * Every path is made absolute as text: the working folder is put in front, "." and ".." and doubled slashes go. So ".."
 * undoes the name before it even if that is a symbolic link. What lies below "/system" belongs to the boot archive
 * (capability "system"), everything else to the disk (capability "root").
 */
#pragma once
#include "servers/proto/error.h"
#include "servers/proto/fs.h"
#include "user/lib/syscall.h"
#include <stdbool.h>

#define PATH_SIZE (FS_PATH + 1) /* a path and its zero */

/* Makes `path` absolute. OK or -ERROR_NAME_TOO_LONG, -ERROR_NOT_FOUND for an empty path. */
int path_absolute(const char *path, char absolute[PATH_SIZE]);

struct place {
    handle_t server;  /* directory capability; not the caller's to delete */
    const char *path; /* for that server: zero-terminated, beginning with '/'; in `absolute` or constant */
    uint64_t length;  /* of `path`, in bytes */
    char absolute[PATH_SIZE];
};

/* Does this answer to a request about "/" say that there is no file system at all? */
static inline bool nothing_is_mounted(int status)
{
    return status == ERROR_NO_DEVICE || status == ERROR_NOT_SUPPORTED || status == ERROR_DAMAGED;
}

/* Where `path` lives. As path_absolute, and -ERROR_NO_DEVICE if this process has no capability for that place. */
int path_resolve(const char *path, struct place *place);

/* folder + "/" + name, without doubling the slash. OK or -ERROR_NAME_TOO_LONG. */
int path_join(char joined[PATH_SIZE], const char *folder, const char *name);

/* What comes after the last slash; "/" for the root. A trailing slash is not cut. */
const char *path_name(const char *path);

/* The working folder: absolute, always valid text. */
const char *getcwd(void);

/* Changes it: OK, or why `path` is no folder. */
int chdir(const char *path);
