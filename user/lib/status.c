/*
 * Plain words for status codes and faults.
 */
#include "user/lib/status.h"

static const char *const kernel_texts[] = {
    [OK] = "no error",
    [E_SYSCALL] = "no such system call",
    [E_HANDLE] = "no such capability or descriptor",
    [E_TYPE] = "wrong kind of object",
    [E_RIGHTS] = "capability lacks the right",
    [E_ARGUMENT] = "invalid argument",
    [E_ADDRESS] = "bad address",
    [E_QUOTA] = "memory quota exhausted",
    [E_LIMIT] = "limit reached",
    [E_BUSY] = "in use",
    [E_TIMEOUT] = "timed out",
    [E_NO_ANSWER] = "timed out after delivery, outcome unknown",
    [E_SERVER_DIED] = "server died, outcome unknown",
    [E_DEAD] = "server is gone",
    [E_REVOKED] = "capability was revoked",
    [E_STALE] = "stale reply token",
    [E_LEASE] = "lent memory is not there",
    [E_WINDOW] = "no room for moved pages",
};

static const char *const server_texts[] = {
    [ERROR_OPERATION - STATUS_SERVER_FIRST] = "operation not supported",
    [ERROR_MALFORMED - STATUS_SERVER_FIRST] = "malformed request or answer",
    [ERROR_NOT_FOUND - STATUS_SERVER_FIRST] = "no such file or folder",
    [ERROR_EXISTS - STATUS_SERVER_FIRST] = "already exists",
    [ERROR_NOT_DIRECTORY - STATUS_SERVER_FIRST] = "not a folder",
    [ERROR_IS_DIRECTORY - STATUS_SERVER_FIRST] = "is a folder",
    [ERROR_NOT_EMPTY - STATUS_SERVER_FIRST] = "folder is not empty",
    [ERROR_NO_SPACE - STATUS_SERVER_FIRST] = "no space left on disk",
    [ERROR_TOO_BIG - STATUS_SERVER_FIRST] = "too big",
    [ERROR_NAME_TOO_LONG - STATUS_SERVER_FIRST] = "name too long",
    [ERROR_LOOP - STATUS_SERVER_FIRST] = "too many symbolic links, or a folder inside itself",
    [ERROR_READ_ONLY - STATUS_SERVER_FIRST] = "read-only file system",
    [ERROR_PERMISSION - STATUS_SERVER_FIRST] = "permission denied",
    [ERROR_IO - STATUS_SERVER_FIRST] = "input/output error",
    [ERROR_DAMAGED - STATUS_SERVER_FIRST] = "file system is damaged",
    [ERROR_NO_DEVICE - STATUS_SERVER_FIRST] = "no such device, or nothing mounted",
    [ERROR_NOT_SUPPORTED - STATUS_SERVER_FIRST] = "format or feature not supported",
    [ERROR_NOT_PROGRAM - STATUS_SERVER_FIRST] = "not a program",
    [ERROR_NO_MEMORY - STATUS_SERVER_FIRST] = "not enough memory",
    [ERROR_NO_CHILD - STATUS_SERVER_FIRST] = "no such process or server",
    [ERROR_INTERRUPTED - STATUS_SERVER_FIRST] = "interrupted",
    [ERROR_STALE - STATUS_SERVER_FIRST] = "file is gone",
    [ERROR_LINKS - STATUS_SERVER_FIRST] = "too many links",
    [ERROR_CROSS_DEVICE - STATUS_SERVER_FIRST] = "not on the same file system",
    [ERROR_BROKEN_PIPE - STATUS_SERVER_FIRST] = "nobody reads",
};

static const char *const fault_texts[] = {
    [0] = "divide error",
    [1] = "debug exception",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound exceeded",
    [6] = "illegal instruction",
    [7] = "vector unit not available",
    [8] = "double fault",
    [11] = "segment not present",
    [12] = "stack fault",
    [13] = "general protection fault",
    [14] = "page fault",
    [16] = "floating-point error",
    [17] = "alignment error",
    [19] = "vector unit error",
};

/* texts[index], or 0 where the table has a hole or ends. */
static const char *look_up(const char *const *texts, unsigned long count, unsigned long index)
{
    return index < count ? texts[index] : 0;
}

const char *status_text(int status)
{
    unsigned code = status < 0 ? 0u - (unsigned)status : (unsigned)status;
    const char *text =
        code < STATUS_SERVER_FIRST
            ? look_up(kernel_texts, sizeof(kernel_texts) / sizeof(*kernel_texts), code)
            : look_up(server_texts, sizeof(server_texts) / sizeof(*server_texts), code - STATUS_SERVER_FIRST);
    return text ? text : "unknown error";
}

const char *fault_text(unsigned vector)
{
    const char *text = look_up(fault_texts, sizeof(fault_texts) / sizeof(*fault_texts), vector);
    return text ? text : "exception";
}
