/*
 * The file server: ext2 on the block server's disk, for whoever holds a capability of a file.
 *
 * It remembers nothing about its clients: which file a request means, and what may be done with it, is in the badge
 * (servers/proto/fs.h), and the position is the client's. Reading order of this folder: format.h (the disk),
 * filesystem.h (the mount), cache.h, group.h, alloc.h, inode.h, blockmap.h, file.h, directory.h, path.h, namespace.h;
 * then service.h (requests) and this loop.
 *
 * Changes stay in the cache until a client asks for them to be durable, or until SYNC_AFTER has passed.
 */
#include "block_disk.h"
#include "cache.h"
#include "disk.h"
#include "servers/proto/error.h"
#include "service.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include "user/lib/time.h"
#include <stdlib.h>

#define SYNC_AFTER (1 * SECOND) /* changes are at most about this old when the power fails */

/* Mounts, with the shared memory as the cache. Without that memory nothing can be served: then the program ends. */
static int mount(void)
{
    handle_t buffers = startup_capability("buffers");
    void *memory = pages_map(buffers, CACHE_PAGES, RIGHT_READ | RIGHT_WRITE);
    if (memory == NULL) {
        report("the memory for the block cache cannot be mapped");
        exit(EXIT_FAILURE);
    }
    block_disk_start(startup_capability("block"), buffers, memory);
    int status = filesystem_mount(memory, CACHE_PAGES * PAGE_SIZE);
    if (status != OK)
        report("nothing is mounted");
    return status;
}

/* When the next sync is due: SYNC_AFTER behind the first change that waits for it. */
static uint64_t sync_deadline(uint64_t deadline)
{
    if (!filesystem.changed)
        return DEADLINE_FOREVER;
    return deadline == DEADLINE_FOREVER ? sys_clock() + SYNC_AFTER : deadline;
}

/* Syncs; if the disk refuses, that is said once, and tried again after another SYNC_AFTER. */
static uint64_t sync_now(void)
{
    static bool is_failing;
    int status = filesystem_sync();
    if (status != OK && !is_failing)
        report("changes cannot be written to the disk");
    is_failing = status != OK;
    return sync_deadline(DEADLINE_FOREVER);
}

/* Takes and answers requests for ever; `m` and `given` are the answer to the last one. */
static void serve(handle_t endpoint)
{
    struct message m = {0};
    handle_t given = 0;
    uint64_t deadline = DEADLINE_FOREVER;
    for (;;) {
        if (deadline != DEADLINE_FOREVER && sys_clock() >= deadline) { /* also if requests never cease */
            ipc_reply(&m);
            m = (struct message){0};
            deadline = sync_now();
        }
        int status = ipc_reply_recv(endpoint, &m, deadline);
        if (given != 0) /* the client has it; if it was gone it has not, and nobody needs it */
            sys_cap_delete(SELF, given);
        given = 0;
        if (status == OK && m.arrival == ARRIVAL_MESSAGE && m.token != 0)
            given = service_run(&m);
        else
            m = (struct message){0};
        if (status != OK && status != E_TIMEOUT) {
            report("the endpoint is gone");
            return;
        }
        deadline = sync_deadline(deadline);
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
