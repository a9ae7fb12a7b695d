/* The operations of servers/proto/io.h on a file. */
#include "file.h"
#include "servers/proto/error.h"
#include "service.h"

/* Bytes go straight between the cache and the client's memory: one copy, made by the kernel. */
static int to_client(void *context, uint64_t offset, void *bytes, uint64_t length)
{
    const struct request *request = context;
    uint64_t done;
    return sys_lease_write(request->token, 0, offset, bytes, length, &done) == OK ? OK : ERROR_MALFORMED;
}

static int from_client(void *context, uint64_t offset, void *bytes, uint64_t length)
{
    const struct request *request = context;
    uint64_t done;
    return sys_lease_read(request->token, 0, offset, bytes, length, &done) == OK ? OK : ERROR_MALFORMED;
}

/* Only files have contents; the badge of anything else is a directory's. */
static int check_file(const struct request *request)
{
    return inode_kind(&request->inode) == KIND_FILE ? OK : ERROR_IS_DIRECTORY;
}

int service_read(struct request *request)
{
    uint64_t offset = request->words[0], length = request->words[1], done;
    struct transfer transfer = {to_client, request};
    int status = check_file(request);
    if (status == OK && length > request->lent)
        status = ERROR_MALFORMED;
    if (status == OK)
        status = file_read(&request->inode, offset, length, &transfer, &done);
    if (status == OK)
        request_answer(request, done);
    return status;
}

int service_write(struct request *request)
{
    uint64_t offset = request->words[0], length = request->words[1], done;
    struct transfer transfer = {from_client, request};
    int status = check_file(request);
    if (status == OK && length > request->lent)
        status = ERROR_MALFORMED;
    if (offset == IO_APPEND)
        offset = inode_size(&request->inode);
    if (status == OK)
        status = file_write(&request->inode, offset, length, &transfer, &done);
    if (status == OK) {
        request_answer(request, done);
        request_answer(request, offset + done);
    }
    return status;
}

int service_status(struct request *request)
{
    request_answer_status(request, &request->inode);
    return OK;
}

int service_sync(struct request *request)
{
    (void)request; /* one file's blocks are not told apart from the others': all are made durable */
    return filesystem_flush();
}

int service_truncate(struct request *request)
{
    int status = check_file(request);
    if (status == OK)
        status = file_truncate(&request->inode, request->words[0]);
    return status;
}
