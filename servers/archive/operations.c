#include "servers/archive/operations.h"
#include "kernel/abi/layout.h"
#include "servers/archive/tree.h"
#include "servers/proto/error.h"
#include "servers/proto/fs.h"
#include "user/lib/heartbeat.h"
#include "user/lib/ipc.h"
#include "user/lib/startup.h"
#include <string.h>

#define LISTING_SIZE 2048 /* bytes of directory entries in one answer */

static handle_t endpoint;
static const struct archive_header *archive;

static struct message failure(int error)
{
    return message((uint32_t)error);
}

static struct message success(unsigned words)
{
    struct message answer = message(OK);
    answer.word_count = (uint8_t)words;
    return answer;
}

static uint64_t badge_of(const struct tree_node *node)
{
    uint64_t bits = FS_BADGE_READ | (node->is_folder ? FS_BADGE_DIRECTORY : 0);
    return bits << 56 | node->number;
}

/* Copies the path in lease 0, once, and follows it. */
static int find(const struct message *request, const struct tree_node *folder, uint64_t length, struct tree_node *node)
{
    static char path[FS_PATH];
    uint64_t done;
    if (request->lease_count < 1)
        return ERROR_MALFORMED;
    if (length > FS_PATH)
        return ERROR_NAME_TOO_LONG;
    int status = sys_lease_read(request->token, 0, 0, path, length, &done);
    return status != OK ? status : tree_find(archive, folder->number, path, length, node);
}

static uint64_t size_of(const struct tree_node *node)
{
    return node->is_folder ? 0 : node->entry->size;
}

static uint64_t mode_of(const struct tree_node *node)
{
    return 0555 | (node->is_folder ? KIND_DIRECTORY : KIND_FILE) << 12;
}

/* ---- operations on any node ---- */

static struct message describe(const struct tree_node *node)
{
    struct message answer = success(IO_STATUS_WORDS);
    answer.words[IO_STATUS_SIZE] = size_of(node);
    answer.words[IO_STATUS_MODE] = mode_of(node);
    answer.words[IO_STATUS_INODE] = node->number;
    answer.words[IO_STATUS_LINKS] = 1;
    answer.words[IO_STATUS_MODIFIED] = startup()->boot_time; /* the archive knows no times */
    answer.words[IO_STATUS_BLOCKS] = (size_of(node) + 511) / 512;
    return answer;
}

static struct message read(const struct message *request, const struct tree_node *node)
{
    uint64_t offset = request->words[0], length = request->words[1], done = 0;
    if (request->word_count < 2 || request->lease_count < 1)
        return failure(ERROR_MALFORMED);
    if (node->is_folder)
        return failure(ERROR_IS_DIRECTORY);
    if (offset >= node->entry->size)
        length = 0;
    else if (length > node->entry->size - offset)
        length = node->entry->size - offset;
    if (length > 0) {
        const char *contents = boot_archive_contents(archive, node->entry);
        int status = sys_lease_write(request->token, 0, 0, contents + offset, length, &done);
        if (status != OK)
            return failure(status);
    }
    struct message answer = success(1);
    answer.words[0] = length;
    return answer;
}

/* ---- operations on folders ---- */

static struct message open(const struct message *request, const struct tree_node *folder)
{
    struct tree_node node;
    uint64_t flags = request->words[0];
    if (request->word_count < 3)
        return failure(ERROR_MALFORMED);
    int error = find(request, folder, request->words[2], &node);
    if (error == OK && (flags & FS_CREATE) != 0 && (flags & FS_EXCLUSIVE) != 0)
        error = ERROR_EXISTS;
    else if ((error == OK && (flags & (FS_WRITE | FS_TRUNCATE)) != 0) ||
             (error == ERROR_NOT_FOUND && (flags & FS_CREATE) != 0))
        error = ERROR_READ_ONLY;
    else if (error == OK && (flags & FS_DIRECTORY) != 0 && !node.is_folder)
        error = ERROR_NOT_DIRECTORY;
    if (error != OK)
        return failure(error);
    struct message answer = success(3);
    answer.words[0] = size_of(&node);
    answer.words[1] = mode_of(&node);
    answer.words[2] = node.number;
    message_mint(&answer, endpoint, badge_of(&node));
    return answer;
}

static struct message status(const struct message *request, const struct tree_node *folder)
{
    struct tree_node node;
    if (request->word_count < 2)
        return failure(ERROR_MALFORMED);
    int error = find(request, folder, request->words[1], &node);
    return error != OK ? failure(error) : describe(&node);
}

/* Appends a record if it fits into [*used, limit). */
static bool add_record(char *listing, uint64_t limit, const struct tree_name *name, uint64_t *used)
{
    uint64_t length = (sizeof(struct fs_directory_entry) + name->length + 7) / 8 * 8;
    if (length > limit - *used)
        return false;
    struct fs_directory_entry record = {
        .inode = name->node.number,
        .length = (unsigned short)length,
        .kind = name->node.is_folder ? KIND_DIRECTORY : KIND_FILE,
        .name_length = (unsigned char)name->length,
    };
    memset(listing + *used, 0, length);
    memcpy(listing + *used, &record, sizeof(record));
    memcpy(listing + *used + sizeof(record), name->text, name->length);
    *used += length;
    return true;
}

/* The names of a folder in order, "." and ".." before those of the archive. False at the end. */
static bool next_name(const struct tree_node *folder, uint64_t *cursor, struct tree_name *name)
{
    const uint64_t dots = 2;
    uint64_t entry = *cursor - dots;
    if (*cursor < dots) {
        *name = (struct tree_name){.text = "..", .length = ++*cursor};
        return tree_find(archive, folder->number, name->text, name->length, &name->node) == OK;
    }
    bool found = tree_next(archive, folder, &entry, name);
    *cursor = entry + dots;
    return found;
}

static struct message read_directory(const struct message *request, const struct tree_node *folder)
{
    static char listing[LISTING_SIZE];
    uint64_t cursor = request->words[0], limit = request->words[1], used = 0, done, next = cursor;
    struct tree_name name;
    if (request->word_count < 2 || request->lease_count < 1)
        return failure(ERROR_MALFORMED);
    if (limit > LISTING_SIZE)
        limit = LISTING_SIZE;
    while (next_name(folder, &next, &name) && add_record(listing, limit, &name, &used))
        cursor = next;
    int error = used > 0 ? sys_lease_write(request->token, 0, 0, listing, used, &done) : OK;
    if (error != OK)
        return failure(error);
    struct message answer = success(2);
    answer.words[0] = used;
    answer.words[1] = cursor;
    return answer;
}

static struct message space(void)
{
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < archive->count; i++)
        bytes += (archive->entries[i].size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    struct message answer = success(6);
    answer.words[0] = PAGE_SIZE;
    answer.words[1] = bytes / PAGE_SIZE;
    answer.words[3] = archive->count;
    answer.words[5] = 1;
    return answer;
}

/* FS_READ_LINK: nothing here is a link. */
static struct message read_link(const struct message *request, const struct tree_node *folder)
{
    struct tree_node node;
    if (request->word_count < 2)
        return failure(ERROR_MALFORMED);
    int error = find(request, folder, request->words[0], &node);
    return failure(error != OK ? error : ERROR_NOT_SUPPORTED);
}

/* ---- dispatch ---- */

/* Operations on the folder that the badge names. */
static struct message handle_folder(const struct message *request, const struct tree_node *folder)
{
    if (!folder->is_folder)
        return failure(ERROR_NOT_DIRECTORY);
    switch (request->label) {
    case FS_OPEN:
        return open(request, folder);
    case FS_READ_DIRECTORY:
        return read_directory(request, folder);
    case FS_STATUS:
        return status(request, folder);
    case FS_READ_LINK:
        return read_link(request, folder);
    default:
        return failure(ERROR_READ_ONLY);
    }
}

static struct message handle(const struct message *request)
{
    struct tree_node node;
    if ((request->badge >> 56 & FS_BADGE_READ) == 0)
        return failure(ERROR_PERMISSION);
    if (!tree_node(archive, (uint32_t)request->badge, &node))
        return failure(ERROR_STALE);
    switch (request->label) {
    case IO_READ:
        return read(request, &node);
    case IO_STATUS:
        return describe(&node);
    case IO_SYNC:
    case FS_SYNC:
        return success(0);
    case FS_SPACE:
        return space();
    case IO_WRITE:
    case IO_TRUNCATE:
        return failure(ERROR_READ_ONLY);
    default:
        if (request->label >= FS_OPEN && request->label <= FS_SET_TIME)
            return handle_folder(request, &node);
        return failure(ERROR_OPERATION);
    }
}

/* What says no, or that a file is at its end, is asked for again: perhaps the fault was ours. */
static struct message handle_surely(const struct message *request)
{
    const struct message copy = *request; /* damage to one leaves the other */
    struct message answer = handle(request);
    bool is_end = request->label == IO_READ && answer.words[0] == 0;
    return answer.label == OK && !is_end ? answer : handle(&copy);
}

void operations_serve(handle_t served, const struct archive_header *checked)
{
    struct message m = message(OK);
    endpoint = served;
    archive = checked;
    while (ipc_reply_recv(endpoint, &m, DEADLINE_FOREVER) == OK) {
        if (m.arrival != ARRIVAL_MESSAGE) { /* the supervisor asks whether we still come by here */
            heartbeat_owing(0);
            m = message(OK);
            continue;
        }
        struct message answer = handle_surely(&m);
        answer.token = m.token;
        m = answer;
    }
}
