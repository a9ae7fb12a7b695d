/*
 * Was done what was asked? The last look before a change is recorded and answered.
 *
 * The balance (balance.h) knows whether a change adds up, not whether it is the right one: a server that is damaged may
 * write to another file, or cut it elsewhere, and all counts are right. So the words of the request are kept twice, and
 * each operation is followed by a function that looks at what is there now, by the copy, and finds everything anew. A
 * difference ends the server, with nothing recorded; its successor gets the request again. An error of the disk ends
 * the operation.
 */
#include "blockmap.h"
#include "disk.h"
#include "link.h"
#include "namespace.h"
#include "servers/proto/error.h"
#include "service.h"

/* Ends the server unless `is_so`. */
static void expect(bool is_so, const char *what)
{
    if (!is_so)
        give_up("what was done is not what was asked: %s", what);
}

/* ---- contents ---- */

/* The ledger must have these bytes of the file as new contents, and no others. */
static int expect_contents(struct inode *inode, uint64_t offset, uint64_t length)
{
    uint64_t sum = 0;
    while (length > 0) {
        uint32_t block, from = (uint32_t)(offset % filesystem.block_size), part = filesystem.block_size - from;
        int status = blockmap_find(inode, offset / filesystem.block_size, &block);
        if (status != OK)
            return status;
        part = length < part ? (uint32_t)length : part;
        sum += block != 0 ? ledger_hash(block, from, part) : 0;
        offset += part;
        length -= part;
    }
    expect(sum == ledger_contents_sum(), "contents");
    return OK;
}

static void expect_no_contents(void)
{
    expect(ledger_contents_sum() == 0, "contents");
}

/* Pins the file of the request anew. */
static int get_file(const struct request *request, struct inode *inode)
{
    int status = inode_get((uint32_t)request->badge, inode);
    if (status == OK)
        expect(inode->raw == request->inode.raw, "another file");
    return status;
}

int confirm_write(struct request *request)
{
    uint64_t done = request->words[0], end = request->words[1];
    uint64_t start = request->asked[0] == IO_APPEND ? request->size : request->asked[0];
    struct inode inode;
    int status = get_file(request, &inode);
    if (status != OK)
        return status;
    expect(done <= request->asked[1] && end == start + done, "place");
    expect(inode_size(&inode) == (end > request->size && done > 0 ? end : request->size), "size");
    status = expect_contents(&inode, start, done);
    inode_put(&inode);
    return status;
}

int confirm_truncate(struct request *request)
{
    uint64_t length = request->asked[0], within = length % filesystem.block_size;
    bool has_tail = length < request->size && within != 0;
    struct inode inode;
    int status = get_file(request, &inode);
    if (status != OK)
        return status;
    expect(inode_size(&inode) == length, "size");
    status = expect_contents(&inode, length, has_tail ? filesystem.block_size - within : 0);
    inode_put(&inode);
    return status;
}

/* ---- names ---- */

/* Looks a path up again. *inode is pinned if the status is OK. */
static int find(const struct request *request, unsigned lease, uint64_t length, bool follow, struct inode *inode)
{
    struct inode start;
    int status = inode_get((uint32_t)request->badge, &start);
    if (status != OK)
        return status;
    inode_put(&start);
    return namespace_find((uint32_t)request->badge, request_path(lease, length), follow, inode);
}

/* The path must not lead anywhere. */
static int expect_gone(const struct request *request, unsigned lease, uint64_t length)
{
    struct inode inode;
    int status = find(request, lease, length, false, &inode);
    expect(status != OK, "a name is still there");
    return status == ERROR_IO ? status : OK;
}

/* The status of a lookup that must find something, unless the disk fails. */
static int expect_found(int status)
{
    expect(status == OK || status == ERROR_IO, "a name is not there");
    return status;
}

/* The path must lead to something of this kind. */
static int expect_there(const struct request *request, unsigned lease, uint64_t length, unsigned kind,
                        struct inode *inode)
{
    int status = expect_found(find(request, lease, length, false, inode));
    expect(status != OK || inode_kind(inode) == kind, "kind");
    return status;
}

int confirm_open(struct request *request)
{
    uint64_t flags = request->asked[0];
    bool is_exclusive = flags & FS_CREATE && flags & FS_EXCLUSIVE;
    struct inode inode;
    if (!(flags & (FS_WRITE | FS_CREATE | FS_TRUNCATE)))
        return OK;
    int status = expect_found(find(request, 0, request->asked[2], !(flags & FS_NO_FOLLOW) && !is_exclusive, &inode));
    if (status != OK)
        return status;
    uint64_t file = inode.number | (uint64_t)inode_generation(&inode) << 32;
    expect((request->given & ~(0xfful << 56)) == file && request->words[2] == inode.number, "another file");
    expect(!(flags & FS_TRUNCATE) || inode_size(&inode) == 0, "size");
    expect_no_contents();
    inode_put(&inode);
    return OK;
}

int confirm_removal(struct request *request)
{
    expect_no_contents();
    return expect_gone(request, 0, request->asked[0]);
}

int confirm_make_directory(struct request *request)
{
    struct inode inode;
    uint32_t itself;
    int status = expect_there(request, 0, request->asked[0], KIND_DIRECTORY, &inode);
    if (status != OK)
        return status;
    status = expect_found(directory_look_up(&inode, (struct name){".", 1}, &itself));
    expect(status != OK || itself == inode.number, "another directory");
    expect_no_contents();
    inode_put(&inode);
    return status;
}

int confirm_symbolic_link(struct request *request)
{
    uint64_t length = request->asked[0];
    struct inode inode;
    int status = expect_there(request, 1, request->asked[1], KIND_LINK, &inode);
    if (status != OK)
        return status;
    expect(inode_size(&inode) == length, "size");
    status = expect_contents(&inode, 0, inode_is_short_link(&inode) ? 0 : length);
    inode_put(&inode);
    return status;
}

int confirm_rename(struct request *request)
{
    struct inode inode;
    int status = find(request, 1, request->asked[1], false, &inode);
    expect(status != OK || inode.number == request->subject, "another file");
    if (status == OK)
        inode_put(&inode);
    expect_no_contents();
    if (status == OK && find(request, 0, request->asked[0], false, &inode) == OK) {
        expect(inode.number == request->subject, "the old name is still there"); /* both are names of one file */
        inode_put(&inode);
    }
    return status == ERROR_IO ? status : OK;
}

int confirm_link(struct request *request)
{
    struct inode inode;
    int status = expect_found(find(request, 1, request->asked[1], false, &inode));
    if (status != OK)
        return status;
    expect(inode.number == request->subject, "another file");
    expect_no_contents();
    inode_put(&inode);
    return OK;
}

int confirm_set_time(struct request *request)
{
    struct inode inode;
    int status = expect_found(find(request, 0, request->asked[0], true, &inode));
    if (status != OK)
        return status;
    expect(request->asked[1] == ~0ul || inode.raw->modify_time == request->asked[1], "time");
    expect_no_contents();
    inode_put(&inode);
    return OK;
}
