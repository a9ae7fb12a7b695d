/* Requests; service.h says what happens to one. */
#include "service.h"
#include "change.h"
#include "disk.h"
#include "servers/proto/error.h"
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct operation {
    uint32_t label;
    operation_function *run;
    operation_function *confirm; /* NULL: it changes nothing */
    unsigned rights;             /* enum fs_badge that the badge must have */
    unsigned leases;
    bool is_numbered; /* word 7 is a sequence number: to be done once */
};

enum {
    CHANGE_NAMES = FS_BADGE_DIRECTORY | FS_BADGE_WRITE,
    READ_NAMES = FS_BADGE_DIRECTORY | FS_BADGE_READ,
};

static const struct operation operations[] = {
    {IO_READ, service_read, NULL, FS_BADGE_READ, 1, false},
    {IO_WRITE, service_write, confirm_write, FS_BADGE_WRITE, 1, true},
    {IO_STATUS, service_status, NULL, 0, 0, false},
    {IO_SYNC, service_sync, NULL, 0, 0, false},
    {IO_TRUNCATE, service_truncate, confirm_truncate, FS_BADGE_WRITE, 0, true},
    {FS_OPEN, service_open, confirm_open, FS_BADGE_DIRECTORY, 1, true},
    {FS_READ_DIRECTORY, service_list, NULL, READ_NAMES, 1, false},
    {FS_STATUS, service_status_at, NULL, FS_BADGE_DIRECTORY, 1, false},
    {FS_UNLINK, service_unlink, confirm_removal, CHANGE_NAMES, 1, true},
    {FS_MAKE_DIRECTORY, service_make_directory, confirm_make_directory, CHANGE_NAMES, 1, true},
    {FS_REMOVE_DIRECTORY, service_remove_directory, confirm_removal, CHANGE_NAMES, 1, true},
    {FS_RENAME, service_rename, confirm_rename, CHANGE_NAMES, 2, true},
    {FS_LINK, service_link, confirm_link, CHANGE_NAMES, 2, true},
    {FS_SYMBOLIC_LINK, service_symbolic_link, confirm_symbolic_link, CHANGE_NAMES, 2, true},
    {FS_READ_LINK, service_read_link, NULL, READ_NAMES, 2, false},
    {FS_SPACE, service_space, NULL, 0, 0, false},
    {FS_SYNC, service_sync_all, NULL, 0, 0, false},
    {FS_SET_TIME, service_set_time, confirm_set_time, CHANGE_NAMES, 1, true},
};

static handle_t service_endpoint;
static int service_mount_status;

void service_start(handle_t endpoint, int mount_status)
{
    service_endpoint = endpoint;
    service_mount_status = mount_status;
}

void request_answer_status(struct request *request, const struct inode *inode)
{
    const struct ext2_inode *raw = inode->raw;
    uint64_t user = raw->user | (uint64_t)raw->user_high << 16, group = raw->group | (uint64_t)raw->group_high << 16;
    request_answer(request, inode_size(inode));
    request_answer(request, raw->mode);
    request_answer(request, inode->number);
    request_answer(request, raw->links_count);
    request_answer(request, raw->modify_time);
    request_answer(request, raw->sectors);
    request_answer(request, user | group << 32);
}

int request_take(struct request *request, unsigned lease, void *bytes, uint64_t length)
{
    uint64_t done;
    return length == 0 || sys_lease_read(request->token, lease, 0, bytes, length, &done) == OK ? OK : ERROR_MALFORMED;
}

int request_put(struct request *request, unsigned lease, const void *bytes, uint64_t length)
{
    uint64_t done;
    return length == 0 || sys_lease_write(request->token, lease, 0, bytes, length, &done) == OK ? OK : ERROR_MALFORMED;
}

static const struct operation *find_operation(uint32_t label)
{
    for (unsigned i = 0; i < LENGTH(operations); i++)
        if (operations[i].label == label)
            return &operations[i];
    return NULL;
}

static int check_rights(const struct operation *operation, unsigned rights)
{
    unsigned missing = operation->rights & ~rights;
    if (missing & FS_BADGE_DIRECTORY)
        return ERROR_NOT_DIRECTORY;
    return missing != 0 ? ERROR_PERMISSION : OK;
}

/* Pins the inode that a badge names, if it is still the same file. The root is for ever, whatever its generation. */
static int find_file(uint64_t badge, struct inode *inode)
{
    uint32_t number = (uint32_t)badge, generation = (uint32_t)(badge >> 32 & 0xffffff);
    int status = inode_get(number, inode);
    if (status == OK && number != ROOT_INODE && inode_generation(inode) != generation) {
        inode_put(inode);
        status = ERROR_STALE;
    }
    return status;
}

/*
 * The file of the last request, which stays pinned, as the next one is most likely about it, too. A request that
 * changes something lets go of it before its change ends.
 */
static struct {
    uint64_t badge;
    struct inode inode; /* buffer NULL: there is none */
} last;

static void forget_last(void)
{
    if (last.inode.buffer != NULL)
        inode_put(&last.inode);
    last.inode.buffer = NULL;
}

static int find_again(uint64_t badge, struct inode *inode)
{
    int status = OK;
    if (last.inode.buffer == NULL || badge != last.badge) {
        forget_last();
        last.badge = badge;
        status = find_file(badge, &last.inode);
        if (status != OK)
            last.inode.buffer = NULL;
    }
    *inode = last.inode;
    return status;
}

/* The same answer again. */
static void answer_again(struct request *request, const struct answer *answer)
{
    for (unsigned i = 0; i < answer->word_count; i++)
        request_answer(request, answer->words[i]);
    request->given = answer->badge;
}

/* Checks and runs an operation that is new. */
static int run_new(const struct operation *operation, uint64_t badge, unsigned leases, struct request *request)
{
    request->rights = (unsigned)(badge >> 56);
    int status = check_rights(operation, request->rights);
    if (status == OK && leases < operation->leases)
        status = ERROR_MALFORMED;
    if (status == OK)
        status = find_again(badge, &request->inode);
    if (status != OK)
        return status;
    if (operation->confirm == NULL)
        return operation->run(request);
    request->size = inode_size(&request->inode);
    status = operation->run(request);
    return status == OK ? operation->confirm(request) : status;
}

/* What the ledger is to know of the answer. */
static struct answer note(uint64_t sender, uint64_t sequence, const struct request *request)
{
    struct answer answer = {sender, sequence, .badge = request->given, .word_count = request->answer_count};
    memcpy(answer.words, request->words, sizeof(answer.words));
    return answer;
}

/* After an error: as if nothing had been tried, and from now on what is looked at is checked. */
static void begin_again(struct request *request)
{
    request->answer_count = 0;
    request->given = 0;
    forget_last();
    cache_doubt(true);
}

/*
 * An error is told only if it comes again, with each block checked that leads to it: so a server that is damaged itself
 * is found out, and its successor does better. Not the disk's own errors, which a client must learn of.
 */
static int run(const struct message *m, uint64_t sender, struct request *request)
{
    const struct operation *operation = find_operation(m->label);
    struct answer answer;
    int status;
    if (operation == NULL)
        return ERROR_OPERATION;
    if (operation->confirm != NULL) {
        request->badge = m->badge;
        memcpy(request->asked, m->words, sizeof(request->asked));
    }
    if (service_mount_status != OK)
        return service_mount_status;
    uint64_t sequence = operation->is_numbered && m->word_count == MESSAGE_REGISTER_WORDS ? m->words[7] : 0;
    if (sequence != 0 && ledger_remembers(sender, sequence, &answer)) {
        answer_again(request, &answer);
        return OK;
    }
    for (bool is_again = false;; is_again = true) {
        status = run_new(operation, m->badge, m->lease_count, request);
        if (change_is_open()) {
            if (operation->confirm == NULL)
                give_up("what changes nothing changed something");
            forget_last();
            answer = sequence != 0 ? note(sender, sequence, request) : no_answer;
            status = filesystem_answer(status, &answer);
        }
        if (status == OK || status == ERROR_DAMAGED || status == ERROR_IO || is_again)
            break;
        begin_again(request);
    }
    cache_doubt(false);
    return status;
}

void service_run(struct message *m)
{
    struct request request;
    uint64_t sender = message_page()->sender; /* our own calls overwrite the message page */
    request.token = m->token;
    request.lent = message_page()->leases[0].length;
    request.words = m->words;
    request.answer_count = 0;
    request.given = 0;
    int status = run(m, sender, &request);
    m->shape = SHAPE_LABEL((uint32_t)status);
    if (status != OK)
        return;
    m->word_count = request.answer_count;
    if (request.given != 0)
        message_mint(m, service_endpoint, request.given);
}
