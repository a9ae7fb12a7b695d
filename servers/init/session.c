#include "servers/init/session.h"
#include "servers/init/early.h"
#include "servers/init/resources.h"
#include "servers/proto/console.h"
#include "servers/proto/init.h"
#include "servers/proto/process.h"
#include "user/lib/request.h"
#include "user/lib/status.h"
#include "user/lib/thread.h"
#include "user/lib/time.h"
#include <string.h>

#define SESSION_PRIORITY 16 /* of the thread that only starts and waits */
#define PAUSE            SECOND

static handle_t process_server, console; /* console: badged as the terminal */
static handle_t debug;                   /* init, badged for those who may end servers; 0: the program may not */

/* Asks for the program with the console as input, output and error. *child: its capability. */
static int spawn(const char *path, handle_t *child)
{
    char block[2 * MANIFEST_PATH + sizeof("/")];
    uint64_t size = strlen(path) + 1;
    memcpy(block, path, size);
    memcpy(block + size, "/", sizeof("/"));
    memcpy(block + size + sizeof("/"), path, size);
    struct message m = message(PROCESS_SPAWN);
    m.words[0] = 1;
    m.words[1] = 2 * size + sizeof("/");
    m.accept = 1;
    message_lend(&m, block, m.words[1], LEASE_READ);
    for (unsigned i = 0; i < 3; i++) {
        m.words[2 + i] = 1;
        message_give(&m, console, 0);
    }
    m.words[5] = debug != 0;
    if (debug != 0)
        message_give(&m, debug, 0);
    int status = request_exactly_once(process_server, &m);
    *child = status == OK ? message_taken(&m, 0) : 0;
    return status;
}

static void say_end(const char *path, const struct message *m)
{
    switch (m->words[0]) {
    case END_EXITED:
        return early_print("%s exited with status %lu; starting it again", path, m->words[1]);
    case END_FAULTED:
        return early_print("%s faulted: %s; starting it again", path, fault_text((unsigned)m->words[1]));
    default:
        return early_print("%s was killed; starting it again", path);
    }
}

/* One life of the program. Returns OK, or why it could not be started or waited for. */
static int run_once(const char *path)
{
    handle_t child;
    int status = spawn(path, &child);
    if (status != OK)
        return status;
    struct message m;
    do { /* until the answer is there: while it waits for one, the program runs */
        m = message(PROCESS_WAIT);
        status = request_repeat(child, &m);
    } while (status == E_SERVER_DIED);
    if (status == OK)
        say_end(path, &m);
    sys_cap_delete(SELF, child);
    return status;
}

static void run(void *path)
{
    for (;;) {
        int status = run_once(path);
        if (status == E_DEAD || status == E_HANDLE)
            break; /* the process server was given up */
        if (status != OK)
            early_print("%s: %s; trying again", (const char *)path, status_text(status));
        sleep_nanoseconds(PAUSE);
    }
    early_print("%s cannot run: there is no process server", (const char *)path);
}

/* The endpoint of a server by the name it serves, badged for init's own use; 0 if there is none. */
static handle_t connect(const struct manifest *manifest, const char *name, uint64_t badge)
{
    for (unsigned i = 0; i < manifest->endpoint_count; i++) {
        handle_t handle = 0;
        if (strcmp(manifest->endpoints[i], name) == 0 &&
            sys_cap_mint(SELF, resources_endpoint(i), SELF, RIGHT_SEND | RIGHT_GIVE, badge, 0, &handle) == OK)
            return handle;
    }
    return 0;
}

void session_start(const struct manifest *manifest)
{
    process_server = connect(manifest, "process", 0);
    console = connect(manifest, "console", CONSOLE_TERMINAL);
    if (manifest->program_debugs)
        debug = connect(manifest, "init", INIT_BADGE_DEBUG);
    if (process_server == 0)
        return early_print("%s cannot run: there is no process server", manifest->program);
    if (thread_start(run, (void *)manifest->program, SESSION_PRIORITY) != OK)
        early_print("%s cannot run: no memory for its thread", manifest->program);
}
