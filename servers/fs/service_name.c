/* The operations of servers/proto/fs.h. */
#include "disk.h"
#include "namespace.h"
#include "servers/proto/error.h"
#include "service.h"
#include "sum.h"

#define LIST_BYTES 8192u /* of records in one answer */

/* Copies of what clients lent: the checks and the work see the same bytes. One request at a time. */
static char texts[2][FS_PATH];
static uint64_t sums[2]; /* of what was taken there */

/* Takes the path of `length` bytes in a lease. */
static int take_path(struct request *request, unsigned lease, uint64_t length, struct name *path)
{
    if (length > FS_PATH)
        return ERROR_NAME_TOO_LONG;
    *path = (struct name){texts[lease], (unsigned)length};
    int status = request_take(request, lease, texts[lease], length);
    sums[lease] = sum_bytes(length, (const uint8_t *)texts[lease], length);
    return status;
}

struct name request_path(unsigned lease, uint64_t length)
{
    if (length > FS_PATH || sums[lease] != sum_bytes(length, (const uint8_t *)texts[lease], length))
        give_up("a path was changed by nobody");
    return (struct name){texts[lease], (unsigned)length};
}

/* The rights that opening with these flags asks of the directory's badge. */
static unsigned rights_wanted(uint64_t flags)
{
    unsigned read = flags & FS_READ ? FS_BADGE_READ : 0;
    return read | (flags & (FS_WRITE | FS_CREATE | FS_TRUNCATE) ? FS_BADGE_WRITE : 0);
}

/* The badge of a capability for an opened file. */
static uint64_t badge_of(const struct inode *inode, uint64_t flags)
{
    uint64_t rights = (flags & FS_READ ? FS_BADGE_READ : 0) | (flags & FS_WRITE ? FS_BADGE_WRITE : 0);
    if (inode_kind(inode) == KIND_DIRECTORY)
        rights |= FS_BADGE_DIRECTORY;
    return inode->number | (uint64_t)inode_generation(inode) << 32 | rights << 56;
}

int service_open(struct request *request)
{
    uint64_t flags = request->words[0];
    struct inode inode;
    struct name path;
    int status = take_path(request, 0, request->words[2], &path);
    if (status == OK && flags & FS_TRUNCATE && !(flags & FS_WRITE))
        status = ERROR_MALFORMED;
    if (status == OK && rights_wanted(flags) & ~request->rights)
        status = ERROR_PERMISSION;
    if (status == OK)
        status = namespace_open(request->inode.number, path, (unsigned)flags, (unsigned)request->words[1], &inode);
    if (status != OK)
        return status;
    request->given = badge_of(&inode, flags);
    request_answer(request, inode_size(&inode));
    request_answer(request, inode.raw->mode);
    request_answer(request, inode.number);
    inode_put(&inode);
    return OK;
}

int service_list(struct request *request)
{
    static uint8_t records[LIST_BYTES] __attribute__((aligned(8)));
    uint64_t cursor = request->words[0], length = request->words[1];
    struct listing listing = {.buffer = records, .size = length < LIST_BYTES ? (uint32_t)length : LIST_BYTES};
    int status = directory_list(&request->inode, &cursor, &listing);
    if (status == OK)
        status = request_put(request, 0, records, listing.used);
    if (status == OK) {
        request_answer(request, listing.used);
        request_answer(request, cursor);
    }
    return status;
}

int service_status_at(struct request *request)
{
    struct inode inode;
    struct name path;
    int status = take_path(request, 0, request->words[1], &path);
    if (status == OK)
        status = namespace_find(request->inode.number, path, !(request->words[0] & FS_NO_FOLLOW), &inode);
    if (status != OK)
        return status;
    request_answer_status(request, &inode);
    inode_put(&inode);
    return OK;
}

int service_unlink(struct request *request)
{
    struct name path;
    int status = take_path(request, 0, request->words[0], &path);
    return status == OK ? namespace_unlink(request->inode.number, path) : status;
}

int service_make_directory(struct request *request)
{
    struct name path;
    int status = take_path(request, 0, request->words[0], &path);
    if (status != OK)
        return status;
    return namespace_make_directory(request->inode.number, path, (unsigned)request->words[1]);
}

int service_remove_directory(struct request *request)
{
    struct name path;
    int status = take_path(request, 0, request->words[0], &path);
    return status == OK ? namespace_remove_directory(request->inode.number, path) : status;
}

/* What the path names now is what the operation is about. */
static void find_subject(struct request *request, struct name path)
{
    struct inode inode;
    request->subject = 0;
    if (namespace_find(request->inode.number, path, false, &inode) != OK)
        return; /* the operation will say why */
    request->subject = inode.number;
    inode_put(&inode);
}

/* Takes two paths, and has an operation done with them; `is_subject`: it gives the second as a name to what the first
 * names. */
static int with_two(struct request *request, bool is_subject,
                    int (*operation)(uint32_t start, struct name first, struct name second))
{
    struct name first, second;
    int status = take_path(request, 0, request->words[0], &first);
    if (status == OK)
        status = take_path(request, 1, request->words[1], &second);
    if (status != OK)
        return status;
    if (is_subject)
        find_subject(request, first);
    return operation(request->inode.number, first, second);
}

int service_rename(struct request *request)
{
    return with_two(request, true, namespace_rename);
}

int service_link(struct request *request)
{
    return with_two(request, true, namespace_link);
}

int service_symbolic_link(struct request *request)
{
    return with_two(request, false, namespace_symbolic_link);
}

int service_read_link(struct request *request)
{
    uint64_t size = request->words[1], length;
    struct name path;
    int status = take_path(request, 0, request->words[0], &path);
    char *target = texts[1];
    if (status == OK)
        status = namespace_read_link(request->inode.number, path, target, size < FS_PATH ? size : FS_PATH, &length);
    if (status == OK)
        status = request_put(request, 1, target, length);
    if (status == OK)
        request_answer(request, length);
    return status;
}

int service_space(struct request *request)
{
    request_answer(request, filesystem.block_size);
    request_answer(request, filesystem.blocks);
    request_answer(request, filesystem.super->free_blocks_count);
    request_answer(request, filesystem.inodes);
    request_answer(request, filesystem.super->free_inodes_count);
    request_answer(request, filesystem.read_only);
    return OK;
}

int service_sync_all(struct request *request)
{
    (void)request;
    return filesystem_sync();
}

int service_set_time(struct request *request)
{
    uint64_t seconds = request->words[1];
    struct name path;
    int status = take_path(request, 0, request->words[0], &path);
    if (seconds == ~0ul)
        seconds = filesystem_now();
    if (status == OK && seconds > UINT32_MAX)
        status = ERROR_TOO_BIG;
    return status == OK ? namespace_set_time(request->inode.number, path, (uint32_t)seconds) : status;
}
