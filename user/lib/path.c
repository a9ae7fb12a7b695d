/*
 * Paths as text.
 */
#include "user/lib/path.h"
#include "servers/proto/error.h"
#include "user/lib/file.h"
#include "user/lib/startup.h"
#include <string.h>

#define SYSTEM_FOLDER "/system"
#define SYSTEM_LENGTH (long)(sizeof(SYSTEM_FOLDER) - 1)

static char working_folder[PATH_SIZE]; /* empty until the first use */

const char *getcwd(void)
{
    const char *given = startup() ? startup()->folder : "/";
    if (!working_folder[0])
        strlcpy(working_folder, given[0] == '/' ? given : "/", sizeof(working_folder));
    return working_folder;
}

/* Cuts the last name off an absolute path; `length` is its length, the root has 0. Returns the new length. */
static size_t cut_last(const char *absolute, size_t length)
{
    while (length > 0 && absolute[--length] != '/')
        ;
    return length;
}

/* Adds the names of `path` to the absolute path of this length. Returns the new length, or a negative status. */
static long append_names(char absolute[PATH_SIZE], size_t length, const char *path)
{
    while (*path) {
        size_t size = 0;
        while (path[size] && path[size] != '/')
            size++;
        if (size == 2 && path[0] == '.' && path[1] == '.') {
            length = cut_last(absolute, length);
        } else if (size > 0 && !(size == 1 && path[0] == '.')) {
            if (length + 1 + size > FS_PATH)
                return -ERROR_NAME_TOO_LONG;
            absolute[length] = '/';
            memcpy(absolute + length + 1, path, size);
            length += 1 + size;
        }
        path += size + (path[size] == '/');
    }
    return (long)length;
}

/* As path_absolute, but returns the length. */
static long make_absolute(const char *path, char absolute[PATH_SIZE])
{
    if (!*path)
        return -ERROR_NOT_FOUND;
    long length = *path == '/' ? 0 : append_names(absolute, 0, getcwd());
    if (length >= 0)
        length = append_names(absolute, (size_t)length, path);
    if (length < 0)
        return length;
    if (length == 0)
        absolute[length++] = '/';
    absolute[length] = 0;
    return length;
}

int path_absolute(const char *path, char absolute[PATH_SIZE])
{
    long length = make_absolute(path, absolute);
    return length < 0 ? (int)length : OK;
}

/* The capability for the boot archive, or for the disk; looked up once, as it never changes. */
static handle_t server_for(bool is_system)
{
    static handle_t servers[2];
    if (!servers[is_system])
        servers[is_system] = startup_capability(is_system ? "system" : "root");
    return servers[is_system];
}

int path_resolve(const char *path, struct place *place)
{
    long length = make_absolute(path, place->absolute);
    if (length < 0)
        return (int)length;
    place->path = place->absolute;
    bool is_system = strncmp(place->path, SYSTEM_FOLDER, SYSTEM_LENGTH) == 0 &&
                     (place->path[SYSTEM_LENGTH] == '/' || place->path[SYSTEM_LENGTH] == 0);
    if (is_system) {
        place->path += SYSTEM_LENGTH;
        length -= SYSTEM_LENGTH;
    }
    if (length == 0) {
        place->path = "/";
        length = 1;
    }
    place->length = (uint64_t)length;
    place->server = server_for(is_system);
    return place->server ? OK : -ERROR_NO_DEVICE;
}

int path_join(char joined[PATH_SIZE], const char *folder, const char *name)
{
    size_t length = strlen(folder), rest = strlen(name);
    bool has_slash = length > 0 && folder[length - 1] == '/';
    if (length + !has_slash + rest > FS_PATH)
        return -ERROR_NAME_TOO_LONG;
    memmove(joined, folder, length);
    if (!has_slash)
        joined[length++] = '/';
    memcpy(joined + length, name, rest + 1);
    return OK;
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : slash == path ? "/" : slash ? "" : path;
}

int chdir(const char *path)
{
    char absolute[PATH_SIZE];
    struct file_status file;
    int status = path_absolute(path, absolute);
    if (status == OK)
        status = stat(absolute, &file);
    if (status != OK)
        return status;
    if (file.kind != KIND_DIRECTORY)
        return -ERROR_NOT_DIRECTORY;
    strcpy(working_folder, absolute);
    return OK;
}
