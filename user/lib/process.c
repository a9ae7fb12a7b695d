/*
 * Programs: finding, starting, waiting, ending.
 */
#include "user/lib/process.h"
#include "servers/proto/error.h"
#include "user/lib/file.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include <stdlib.h>
#include <string.h>

int program_find(const char *name, char path[PATH_SIZE])
{
    static const char *const folders[] = {"/system/bin", "/bin"};
    if (strchr(name, '/'))
        return path_absolute(name, path);
    for (unsigned i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        struct file_status status;
        if (*name && path_join(path, folders[i], name) == OK && stat(path, &status) == OK && status.kind == KIND_FILE)
            return OK;
    }
    return -ERROR_NOT_FOUND;
}

/* Appends a text and its zero; with `block` 0 it only counts. */
static void add_text(char *block, size_t *length, const char *text)
{
    if (block)
        strcpy(block + *length, text);
    *length += strlen(text) + 1;
}

/* Writes the block of PROCESS_SPAWN: path, folder, arguments; or, with `block` 0, counts its bytes. Returns them. */
static size_t fill_block(char *block, const char *path, char *const *arguments)
{
    size_t length = 0;
    add_text(block, &length, path);
    add_text(block, &length, getcwd());
    while (*arguments)
        add_text(block, &length, *arguments++);
    return length;
}

/* Asks the process server, with copies of the three streams and, if this program has it, of the debug capability. */
static int request_spawn(const struct spawn *request, const char *block, size_t length, unsigned count,
                         struct child *child)
{
    const handle_t given[] = {descriptor_handle(request->input), descriptor_handle(request->output),
                              descriptor_handle(request->error), request->debug ? startup_capability("debug") : 0};
    struct message m = message(PROCESS_SPAWN);
    m.words[0] = count;
    m.words[1] = length;
    m.accept = 1;
    message_lend(&m, block, length, LEASE_READ);
    for (unsigned i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        m.words[2 + i] = given[i] != 0;
        if (given[i])
            message_give(&m, given[i], 0);
    }
    int status = request_exactly_once(startup_capability("process"), &m);
    if (status != OK)
        return -status;
    *child = (struct child){message_taken(&m, 0), (unsigned)m.words[0]};
    return OK;
}

int spawn(const struct spawn *request, struct child *child)
{
    char path[PATH_SIZE];
    unsigned count = 0;
    while (request->arguments[count])
        count++;
    int status = path_absolute(request->path, path);
    if (status != OK)
        return status;
    size_t length = fill_block(0, path, request->arguments);
    if (length > PROCESS_BLOCK)
        return -ERROR_TOO_BIG;
    char *block = malloc(length);
    if (!block)
        return -E_QUOTA;
    fill_block(block, path, request->arguments);
    status = request_spawn(request, block, length, count, child);
    free(block);
    return status;
}

int process_wait(handle_t child, struct outcome *outcome)
{
    struct message m = message(PROCESS_WAIT);
    int status = request_repeat(child, &m);
    if (status == OK)
        *outcome = (struct outcome){(enum process_end)m.words[0], (unsigned)m.words[1]};
    return -status;
}

/* Made again after the server died over it, it may find that it was done. */
static int request_kill(handle_t handle, unsigned number)
{
    struct message m = message(PROCESS_KILL);
    m.words[0] = number;
    m.word_count = 1;
    int status = ipc_request(handle, &m, DEADLINE_FOREVER);
    if (status == E_SERVER_DIED) {
        status = request_repeat(handle, &m);
        status = status == ERROR_NO_CHILD ? OK : status;
    }
    return -status;
}

int process_kill(handle_t child)
{
    return request_kill(child, 0);
}

int process_kill_number(unsigned number)
{
    return number ? request_kill(startup_capability("process"), number) : -ERROR_NO_CHILD;
}

void process_forget(handle_t child)
{
    sys_cap_delete(SELF, child);
}

long process_list(struct process_record **records)
{
    for (uint64_t room = 64;; room *= 2) {
        *records = malloc(room * sizeof(**records));
        if (!*records)
            return -E_QUOTA;
        struct message m = message(PROCESS_LIST);
        m.words[0] = room * sizeof(**records);
        m.word_count = 1;
        message_lend(&m, *records, m.words[0], LEASE_WRITE);
        int status = request_repeat(startup_capability("process"), &m);
        if (status == OK && m.words[0] < room)
            return (long)m.words[0];
        free(*records);
        *records = 0;
        if (status != OK)
            return -status;
    }
}

int outcome_status(const struct outcome *outcome)
{
    switch (outcome->end) {
    case END_EXITED:
        return (int)(outcome->value & 0xff);
    case END_FAULTED:
        return 128 + 11;
    default:
        return 128 + 9;
    }
}
