/*
 * Descriptors: the table from small numbers to capabilities.
 *
 * Output that a process inherits is always appended: the offset of a file is known only to the process that opened it,
 * and two programs that write one after the other to the same file must not overwrite each other.
 */
#include "user/lib/descriptor.h"
#include "servers/proto/error.h"
#include "user/lib/path.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include "user/lib/thread.h"
#include <string.h>

struct descriptor descriptor_table[DESCRIPTORS];
bool descriptors_are_ready;
static struct mutex mutex;

/* The first of two named capabilities that exists; 0 if neither does. */
static handle_t either(const char *first, const char *second)
{
    handle_t handle = startup_capability(first);
    return handle ? handle : startup_capability(second);
}

/* A server has only some of the names, and prints where it can. */
void descriptors_prepare(void)
{
    mutex_lock(&mutex);
    if (!descriptors_are_ready) {
        descriptor_table[0] = (struct descriptor){true, startup_capability("input"), 0, 0};
        descriptor_table[1] = (struct descriptor){true, either("output", "error"), 0, OPEN_APPEND};
        descriptor_table[2] = (struct descriptor){true, either("error", "output"), 0, OPEN_APPEND};
    }
    __atomic_store_n(&descriptors_are_ready, true, __ATOMIC_RELEASE);
    mutex_unlock(&mutex);
}

int descriptor_adopt(handle_t handle, unsigned flags)
{
    int number = 0;
    descriptor_find(0); /* prepares the table */
    mutex_lock(&mutex);
    while (number < DESCRIPTORS && descriptor_table[number].open)
        number++;
    if (number < DESCRIPTORS)
        descriptor_table[number] = (struct descriptor){true, handle, 0, flags};
    mutex_unlock(&mutex);
    return number < DESCRIPTORS ? number : -E_LIMIT;
}

handle_t descriptor_handle(int descriptor)
{
    struct descriptor *d = descriptor_find(descriptor);
    return d ? d->handle : 0;
}

int dup(int descriptor)
{
    struct descriptor *d = descriptor_find(descriptor);
    handle_t copy = 0;
    if (!d)
        return -E_HANDLE;
    int status = d->handle ? sys_cap_copy(SELF, d->handle, SELF, RIGHTS_ALL, &copy) : OK;
    if (status != OK)
        return -status;
    int number = descriptor_adopt(copy, d->flags);
    if (number >= 0)
        descriptor_find(number)->offset = d->offset;
    else if (copy)
        sys_cap_delete(SELF, copy);
    return number;
}

int descriptor_swap(int left, int right)
{
    struct descriptor *l = descriptor_find(left), *r = descriptor_find(right);
    if (!l || !r)
        return -E_HANDLE;
    struct descriptor kept = *l;
    *l = *r;
    *r = kept;
    return OK;
}

int open(const char *path, unsigned flags, unsigned mode)
{
    struct place place;
    int status = path_resolve(path, &place);
    if (status != OK)
        return status;
    struct message m = message(FS_OPEN);
    m.words[0] = flags & ~OPEN_APPEND;
    m.words[1] = mode;
    m.words[2] = place.length;
    m.accept = 1;
    message_lend(&m, place.path, place.length, LEASE_READ);
    status = request_exactly_once(place.server, &m);
    if (status != OK)
        return -status;
    handle_t handle = message_taken(&m, 0);
    if (!handle)
        return -E_LIMIT; /* it was dropped: no room in our table */
    int descriptor = descriptor_adopt(handle, flags & OPEN_APPEND);
    if (descriptor < 0)
        sys_cap_delete(SELF, handle);
    return descriptor;
}

int close(int descriptor)
{
    struct descriptor *d = descriptor_find(descriptor);
    if (!d)
        return -E_HANDLE;
    handle_t handle = d->handle;
    d->open = false;
    if (handle)
        sys_cap_delete(SELF, handle);
    return OK;
}
