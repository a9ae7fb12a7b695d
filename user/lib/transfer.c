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

static bool is_of_kind(int descriptor, enum io_kind first, enum io_kind second)
{
    struct file_status status;
    return fstat(descriptor, &status) == OK && (status.kind == first || status.kind == second);
}

/* An append to a file must not be repeated; a stream's server knows a repetition by its number. */
static int append(int descriptor, handle_t handle, struct message *m)
{
    int status = ipc_request(handle, m, DEADLINE_FOREVER);
    return status == E_SERVER_DIED && is_of_kind(descriptor, KIND_CHARACTER, KIND_PIPE) ? request_repeat(handle, m)
                                                                                        : status;
}

/* One request: returns the bytes written, at least 1, or a negative status. */
static long write_some(int descriptor, struct descriptor *d, const void *buffer, size_t size)
{
    bool appends = d->flags & OPEN_APPEND;
    struct message m = message(IO_WRITE);
    m.words[0] = appends ? IO_APPEND : d->offset;
    m.words[1] = size;
    m.words[7] = request_sequence();
    m.word_count = MESSAGE_REGISTER_WORDS;
    message_lend(&m, buffer, size, LEASE_READ);
    int status = appends ? append(descriptor, d->handle, &m) : request_repeat(d->handle, &m);
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
        long count = write_some(descriptor, d, (const char *)buffer + done, size - done);
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
    struct message m = message(IO_TRUNCATE);
    m.words[0] = length;
    m.word_count = 1;
    return ask(descriptor, &m);
}

bool is_terminal(int descriptor)
{
    return is_of_kind(descriptor, KIND_CHARACTER, KIND_CHARACTER);
}
