/*
 * Bytes and figures of open files.
 */
#include "servers/proto/error.h"
#include "user/lib/descriptor.h"
#include "user/lib/file_status.h"
#include "user/lib/request.h"

long read(int descriptor, void *buffer, size_t size)
{
    struct descriptor *d = descriptor_find(descriptor);
    if (!d)
        return -E_HANDLE;
    if (!d->handle || size == 0)
        return 0;
    struct message m = message(IO_READ);
    m.words[0] = d->offset;
    m.words[1] = size;
    message_lend(&m, buffer, size, LEASE_WRITE);
    int status = request_exactly_once(d->handle, &m); /* a stream needs the number, a file does not mind it */
    if (status != OK)
        return -status;
    if (m.words[0] > size)
        return -ERROR_MALFORMED;
    d->offset += m.words[0];
    return (long)m.words[0];
}

/* One request: returns the bytes written, at least 1, or a negative status. */
static long write_some(struct descriptor *d, const void *buffer, size_t size)
{
    struct message m = message(IO_WRITE);
    m.words[0] = d->flags & OPEN_APPEND ? IO_APPEND : d->offset;
    m.words[1] = size;
    message_lend(&m, buffer, size, LEASE_READ);
    int status = request_exactly_once(d->handle, &m);
    if (status != OK)
        return -status;
    if (m.words[0] == 0 || m.words[0] > size)
        return -ERROR_MALFORMED;
    d->offset += m.words[0];
    return (long)m.words[0];
}

long write(int descriptor, const void *buffer, size_t size)
{
    struct descriptor *d = descriptor_find(descriptor);
    if (!d)
        return -E_HANDLE;
    for (size_t done = 0; done < size && d->handle;) {
        long count = write_some(d, (const char *)buffer + done, size - done);
        if (count < 0)
            return count;
        done += (size_t)count;
    }
    return (long)size;
}

int seek(int descriptor, uint64_t offset)
{
    struct descriptor *d = descriptor_find(descriptor);
    if (!d)
        return -E_HANDLE;
    d->offset = offset;
    return OK;
}

void file_status_unpack(struct file_status *status, const uint64_t words[IO_STATUS_WORDS])
{
    *status = (struct file_status){
        .size = words[IO_STATUS_SIZE],
        .kind = (unsigned)(words[IO_STATUS_MODE] >> 12 & 0xf),
        .permissions = (unsigned)(words[IO_STATUS_MODE] & 0xfff),
        .inode = words[IO_STATUS_INODE],
        .links = words[IO_STATUS_LINKS],
        .modified = words[IO_STATUS_MODIFIED],
        .blocks = words[IO_STATUS_BLOCKS],
        .owner = (unsigned)words[IO_STATUS_OWNER],
        .group = (unsigned)(words[IO_STATUS_OWNER] >> 32),
    };
}

/* An idempotent request about the open file itself; m's answer, or a negative status. 0 also without a capability. */
static int ask(int descriptor, struct message *m)
{
    struct descriptor *d = descriptor_find(descriptor);
    if (!d)
        return -E_HANDLE;
    return d->handle ? -request_repeat(d->handle, m) : OK;
}

int fstat(int descriptor, struct file_status *status)
{
    struct message m = message(IO_STATUS);
    int result = ask(descriptor, &m);
    if (result == OK)
        file_status_unpack(status, m.words);
    return result;
}

int fsync(int descriptor)
{
    struct message m = message(IO_SYNC);
    return ask(descriptor, &m);
}

int ftruncate(int descriptor, uint64_t length)
{
    struct descriptor *d = descriptor_find(descriptor);
    struct message m = message(IO_TRUNCATE);
    if (!d)
        return -E_HANDLE;
    m.words[0] = length;
    return d->handle ? -request_exactly_once(d->handle, &m) : OK;
}

bool is_terminal(int descriptor)
{
    struct file_status status;
    return fstat(descriptor, &status) == OK && status.kind == KIND_CHARACTER;
}
