/*
 * The file server: ext2 on the block server's disk, for whoever holds a capability of a file.
 *
 * It may die at any time, and its successor goes on: which file a request means, and what may be done with it, is in
 * the badge (servers/proto/fs.h), the position is the client's, and what was acknowledged is on the disk or in the
 * ledger (ledger.h). Reading order of this folder: format.h (the disk), filesystem.h (the mount), cache.h, change.h,
 * journal.h, ledger.h, group.h, alloc.h, inode.h, blockmap.h, file.h, directory.h, path.h, namespace.h; then service.h
 * (requests) and this loop.
 *
 * Changes stay in the cache until a client asks for them to be durable, or until COMMIT_AFTER has passed. When nothing
 * has changed for a while the disk is put to rest: then it can be read without its journal.
 */
#include "block_disk.h"
#include "cache.h"
#include "disk.h"
#include "ledger_format.h"
#include "records.h"
#include "servers/proto/error.h"
#include "service.h"
#include "user/lib/heartbeat.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include "user/lib/status.h"
#include "user/lib/time.h"
#include <stdlib.h>

#define COMMIT_AFTER (1 * SECOND) /* changes are at most about this old when the power fails */
#define REST_AFTER   (4 * SECOND)

/*
 * Mounts, with the shared memory as the cache, and does again what predecessors had acknowledged. If that is not
 * possible now, nobody is told half the truth: the program ends, and the next incarnation tries.
 */
static int mount(void)
{
    const uint8_t *records;
    void *header, *memory = pages_map(startup_capability("buffers"), CACHE_PAGES, RIGHT_READ | RIGHT_WRITE);
    if (memory == NULL || !records_map(startup_capability("ledger"), &header, &records))
        give_up("the memory that the manifest gives cannot be mapped");
    ledger_open(header, records, LEDGER_PAGES * PAGE_SIZE - LEDGER_HEADER);
    block_disk_start(startup_capability("block"), startup_capability("buffers"), memory);
    int status = filesystem_mount(memory, CACHE_PAGES * PAGE_SIZE);
    if (status == OK)
        status = ledger_redo();
    else
        report("nothing is mounted");
    if (status != OK && (status == ERROR_NO_MEMORY || !ledger_is_empty())) {
        report("what was acknowledged before cannot be taken over: %s", status_text(status));
        exit(EXIT_FAILURE);
    }
    return status;
}

/*
 * When the disk is to be taken care of next: COMMIT_AFTER behind the first change that is not durable; and then, if
 * nothing more happens, REST_AFTER behind that.
 */
static struct {
    uint64_t at; /* by the kernel's clock; DEADLINE_FOREVER: nothing was changed */
    bool is_commit;
} due = {.at = DEADLINE_FOREVER};

/* After a request. */
static void plan(void)
{
    if (!filesystem.changed) {
        due.at = DEADLINE_FOREVER;
    } else if (filesystem.pending ? !due.is_commit : due.at == DEADLINE_FOREVER) {
        due.is_commit = filesystem.pending;
        due.at = sys_clock() + (filesystem.pending ? COMMIT_AFTER : REST_AFTER);
    }
}

/* Does what is due. If the disk refuses, that is said once, and tried again when it is due again. */
static void take_care(void)
{
    static bool is_failing;
    int status = due.is_commit ? filesystem_flush() : filesystem_sync();
    if (status != OK && !is_failing)
        report("changes cannot be written to the disk");
    is_failing = status != OK;
    due.at = DEADLINE_FOREVER;
    due.is_commit = false;
    plan();
}

/* No request came, or none that wants an answer: it is the time, or the supervisor asks, and all are answered. */
static void take_other(int status, struct message *m)
{
    if (status == OK && m->arrival == ARRIVAL_SIGNAL)
        heartbeat_owing(0);
    *m = (struct message){0};
}

/* Takes and answers requests for ever; `m` is the answer to the last one. */
static void serve(handle_t endpoint)
{
    struct message m = {0};
    plan(); /* for what was taken over */
    for (;;) {
        if (due.at != DEADLINE_FOREVER && sys_clock() >= due.at) { /* also if requests never cease */
            ipc_reply(&m);
            m = (struct message){0};
            take_care();
        }
        int status = ipc_reply_recv(endpoint, &m, due.at);
        if (status == OK && m.arrival == ARRIVAL_MESSAGE && m.token != 0)
            service_run(&m);
        else
            take_other(status, &m);
        if (status != OK && status != E_TIMEOUT) {
            report("the endpoint is gone");
            return;
        }
        plan();
    }
}

int main(int argument_count, char *arguments[])
{
    (void)argument_count;
    (void)arguments;
    handle_t endpoint = startup_capability("fs");
    service_start(endpoint, mount());
    serve(endpoint);
    return EXIT_FAILURE;
}
