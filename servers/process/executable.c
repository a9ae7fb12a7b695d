#include "servers/process/executable.h"
#include "servers/proto/error.h"
#include "servers/proto/fs.h"
#include "user/lib/ipc.h"
#include "user/lib/path.h"
#include "user/lib/time.h"
#include <string.h>

#define PATIENCE (20 * SECOND) /* for one request, repetitions included */
#define ATTEMPTS 5

/* An idempotent request, repeated if the server died over it. */
static int ask(handle_t server, struct message *m)
{
    uint64_t deadline = sys_clock() + PATIENCE;
    int status = ipc_request(server, m, deadline);
    for (unsigned i = 1; status == E_SERVER_DIED && i < ATTEMPTS; i++)
        status = ipc_request(server, m, deadline);
    return status;
}

static int open_at(const struct place *place, struct message *m)
{
    *m = message(FS_OPEN);
    m->word_count = 3;
    m->words[0] = FS_READ;
    m->words[2] = place->length;
    m->accept = 1;
    message_lend(m, place->path, place->length, LEASE_READ);
    return ask(place->server, m);
}

/* Exactly `length` bytes; the file server writes them where they belong, with no copy of our own. */
static int read_exactly(void *context, uint64_t offset, void *buffer, uint64_t length)
{
    const struct executable *executable = context;
    for (uint64_t done = 0; done < length;) {
        struct message m = message(IO_READ);
        m.word_count = 2;
        m.words[0] = offset + done;
        m.words[1] = length - done;
        message_lend(&m, (char *)buffer + done, length - done, LEASE_WRITE);
        int error = ask(executable->file, &m);
        if (error != OK)
            return error;
        if (m.words[0] == 0)
            return ERROR_NOT_PROGRAM; /* the file became shorter while it was read */
        if (m.words[0] > length - done)
            return ERROR_IO;
        done += m.words[0];
    }
    return OK;
}

int executable_open(struct executable *executable, const char *path, const char *folder, struct program_file *file)
{
    char whole[PATH_SIZE];
    struct place place;
    struct message m;
    executable->file = 0;
    int error = path[0] == '/' ? -path_resolve(path, &place) : -path_join(whole, folder, path);
    if (error == OK && path[0] != '/')
        error = -path_resolve(whole, &place);
    if (error == OK)
        error = open_at(&place, &m);
    if (error != OK)
        return error;
    executable->file = message_taken(&m, 0);
    *file = (struct program_file){.read = read_exactly, .context = executable, .size = m.words[0]};
    switch (m.words[1] >> 12) {
    case KIND_FILE:
        return OK;
    case KIND_DIRECTORY:
        return ERROR_IS_DIRECTORY;
    default:
        return ERROR_NOT_PROGRAM;
    }
}

void executable_close(struct executable *executable)
{
    if (executable->file != 0)
        sys_cap_delete(SELF, executable->file);
}
