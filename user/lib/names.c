/*
 * Operations on names.
 *
 * Every function resolves its paths, fills the words that the protocol wants, lends the paths and asks the server.
 */
#include "servers/proto/error.h"
#include "user/lib/file.h"
#include "user/lib/file_status.h"
#include "user/lib/path.h"
#include "user/lib/request.h"
#include <string.h>

/* "/" is there without a disk too: "/system" hangs on it. */
static int bare_root(struct file_status *status)
{
    *status = (struct file_status){.kind = KIND_DIRECTORY, .permissions = 0555, .links = 1};
    return OK;
}

static int status_of(const char *path, unsigned flags, struct file_status *status)
{
    struct place place;
    int result = path_resolve(path, &place);
    if (result != OK)
        return result;
    struct message m = message(FS_STATUS);
    m.words[0] = flags;
    m.words[1] = place.length;
    m.word_count = 2;
    message_lend(&m, place.path, place.length, LEASE_READ);
    result = request_repeat(place.server, &m);
    if (result == OK)
        file_status_unpack(status, m.words);
    else if (nothing_is_mounted(result) && strcmp(place.path, "/") == 0)
        return bare_root(status);
    return -result;
}

int stat(const char *path, struct file_status *status)
{
    return status_of(path, 0, status);
}

int lstat(const char *path, struct file_status *status)
{
    return status_of(path, FS_NO_FOLLOW, status);
}

/* An operation whose words are: path length, one more word, sequence. */
static int change_name(enum fs_operation operation, const char *path, uint64_t word)
{
    struct place place;
    int status = path_resolve(path, &place);
    if (status != OK)
        return status;
    struct message m = message(operation);
    m.words[0] = place.length;
    m.words[1] = word;
    message_lend(&m, place.path, place.length, LEASE_READ);
    return -request_exactly_once(place.server, &m);
}

int unlink(const char *path)
{
    return change_name(FS_UNLINK, path, 0);
}

int mkdir(const char *path, unsigned mode)
{
    return change_name(FS_MAKE_DIRECTORY, path, mode);
}

int rmdir(const char *path)
{
    return change_name(FS_REMOVE_DIRECTORY, path, 0);
}

int set_time(const char *path, uint64_t seconds)
{
    return change_name(FS_SET_TIME, path, seconds);
}

/* An operation whose words are: length of the first text, of the second, sequence; both texts lent. */
static int change_two(enum fs_operation operation, handle_t server, const char *first, const char *second)
{
    struct message m = message(operation);
    m.words[0] = strlen(first);
    m.words[1] = strlen(second);
    message_lend(&m, first, m.words[0], LEASE_READ);
    message_lend(&m, second, m.words[1], LEASE_READ);
    return -request_exactly_once(server, &m);
}

static int change_pair(enum fs_operation operation, const char *from, const char *to)
{
    struct place source, target;
    int status = path_resolve(from, &source);
    if (status == OK)
        status = path_resolve(to, &target);
    if (status != OK)
        return status;
    if (source.server != target.server)
        return -ERROR_CROSS_DEVICE;
    return change_two(operation, source.server, source.path, target.path);
}

int rename(const char *from, const char *to)
{
    return change_pair(FS_RENAME, from, to);
}

int link(const char *from, const char *to)
{
    return change_pair(FS_LINK, from, to);
}

int symlink(const char *target, const char *to)
{
    struct place place;
    int status = path_resolve(to, &place);
    return status != OK ? status : change_two(FS_SYMBOLIC_LINK, place.server, target, place.path);
}

long readlink(const char *path, char *target, size_t size)
{
    struct place place;
    int status = path_resolve(path, &place);
    if (status != OK)
        return status;
    struct message m = message(FS_READ_LINK);
    m.words[0] = place.length;
    m.words[1] = size - 1;
    m.word_count = 2;
    message_lend(&m, place.path, place.length, LEASE_READ);
    message_lend(&m, target, size - 1, LEASE_WRITE);
    status = request_repeat(place.server, &m);
    if (status != OK)
        return -status;
    target[m.words[0] < size ? m.words[0] : size - 1] = 0;
    return (long)m.words[0];
}

int sync(void)
{
    struct place root;
    int status = path_resolve("/", &root);
    if (status != OK)
        return nothing_is_mounted(-status) ? OK : status; /* no disk, nothing to write */
    struct message m = message(FS_SYNC);
    status = request_repeat(root.server, &m);
    return nothing_is_mounted(status) ? OK : -status;
}

int file_system_space(const char *path, struct space *space)
{
    struct place place;
    int status = path_resolve(path, &place);
    if (status != OK)
        return status;
    struct message m = message(FS_SPACE);
    status = request_repeat(place.server, &m);
    if (status != OK)
        return -status;
    *space = (struct space){m.words[0], m.words[1], m.words[2], m.words[3], m.words[4], m.words[5] != 0};
    return OK;
}
