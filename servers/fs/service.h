/*
 * A request of a client, from its message to its answer.
 *
 * service_run() checks, in this order: the operation exists; something is mounted; it is not a repetition of one that
 * was done (then the answer is the same); the badge carries the rights that the operation needs; the message has the
 * leases it needs; the file behind the badge still exists. Then the operation runs (service_file.c, service_name.c): it
 * reads `words`, answers, and perhaps sets `given`. Whether that is what was asked is confirmed (service_confirm.c),
 * and what changed goes into the ledger before it is answered.
 */
#pragma once
#include "directory.h"
#include "servers/proto/fs.h"
#include "user/lib/ipc.h"

struct request {
    struct inode inode; /* of the file that the badge names, pinned */
    unsigned rights;    /* enum fs_badge, of the badge */
    uint64_t token;     /* names the call, for its leases */
    uint64_t lent;      /* bytes of lease 0 */
    uint64_t *words;    /* of the request; the answer's take their place, from the first request_answer() on */
    uint8_t answer_count;
    uint64_t given; /* badge of a capability for the client, or 0 */
    /* for whoever confirms: */
    uint64_t badge, asked[MESSAGE_REGISTER_WORDS]; /* of the request, and untouched */
    uint64_t size;                                 /* of the file, as it was before */
    uint32_t subject;                              /* inode that gets another name, as it was found before */
};

typedef int operation_function(struct request *request);

/* servers/proto/io.h */
operation_function service_read, service_write, service_status, service_sync, service_truncate;

/* servers/proto/fs.h */
operation_function service_open, service_list, service_status_at, service_unlink, service_make_directory,
    service_remove_directory, service_rename, service_link, service_symbolic_link, service_read_link, service_space,
    service_sync_all, service_set_time;

/* After an operation that has succeeded, with its change still open: ends the server if it is not what was asked, by
 * the answer and by what is there now. ERROR_IO, ERROR_NO_MEMORY */
operation_function confirm_write, confirm_truncate, confirm_open, confirm_removal, confirm_make_directory,
    confirm_rename, confirm_link, confirm_symbolic_link, confirm_set_time;

/* The endpoint that new capabilities are minted from, and whether mounting worked: OK or the answer to everything. */
void service_start(handle_t endpoint, int mount_status);

/* Serves the request in `m`, which becomes its answer. */
void service_run(struct message *m);

/* ---- for the operations ---- */

/* Adds a word to the answer. */
static inline void request_answer(struct request *request, uint64_t word)
{
    request->words[request->answer_count++] = word;
}

/* Adds the words of enum io_status. */
void request_answer_status(struct request *request, const struct inode *inode);

/* Copies the first `length` bytes of a lease. ERROR_MALFORMED: it is shorter, or the client's memory is not there. */
int request_take(struct request *request, unsigned lease, void *bytes, uint64_t length);

/* The path of `length` bytes that an operation took from a lease; ends the server if it is not that any more. */
struct name request_path(unsigned lease, uint64_t length);

/* Copies bytes into lease 0 or 1. ERROR_MALFORMED */
int request_put(struct request *request, unsigned lease, const void *bytes, uint64_t length);
