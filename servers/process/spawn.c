#include "servers/process/spawn.h"
#include "kernel/abi/layout.h"
#include "servers/process/badges.h"
#include "servers/process/children.h"
#include "servers/process/executable.h"
#include "servers/proto/error.h"
#include "user/lib/estate.h"
#include "user/lib/path.h"
#include "user/lib/startup.h"
#include <string.h>

#define PROGRAM_PRIORITY 8
#define PROGRAM_HIGHEST  12 /* of threads that a program starts itself */

/* A program's quota, in frames: see choose_quota(). */
#define QUOTA_MOST     (64ul << 20 >> PAGE_SHIFT)
#define QUOTA_LEAST    (1ul << 20 >> PAGE_SHIFT)
#define ESTATE_RESERVE 16ul /* for the table of the estate */

/* What this server has and every program gets, each if there is one. */
static const char *const inherited[] = {"root", "system", "init", "pci", "job"};
static const char *const streams[SPAWN_STREAMS] = {"input", "output", "error", "debug"};
#define INHERITED    (sizeof(inherited) / sizeof(inherited[0]))
#define CAPABILITIES (INHERITED + SPAWN_STREAMS + 1)

static handle_t endpoint;

/* The request's block: our only copy, which is checked and then used. */
static char block[PROCESS_BLOCK];
struct request {
    uint64_t spawner, sequence;
    const char *path, *folder;
    uint64_t length;    /* bytes of the block */
    uint64_t arguments; /* offset of the first */
    unsigned argument_count;
    bool present[SPAWN_STREAMS];
};

void spawn_open(handle_t served)
{
    endpoint = served;
}

/* ---- the request ---- */

static uint64_t count_strings(uint64_t length)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < length; i++)
        count += block[i] == '\0';
    return count;
}

/* Path, folder and arguments: exactly as many strings as were announced, the last one ended. */
static int check_block(const struct message *m, struct request *request)
{
    uint64_t length = m->words[1], arguments = m->words[0];
    if (length == 0 || block[length - 1] != '\0')
        return ERROR_MALFORMED;
    if (arguments == 0 || arguments > length || count_strings(length) != 2 + arguments)
        return ERROR_MALFORMED;
    request->path = block;
    request->folder = block + strlen(block) + 1;
    request->length = length;
    request->arguments = (uint64_t)(request->folder + strlen(request->folder) + 1 - block);
    request->argument_count = (unsigned)arguments;
    return request->folder[0] == '/' ? OK : ERROR_MALFORMED;
}

static int read_request(const struct message *m, uint64_t spawner, struct request *request)
{
    uint64_t done;
    request->spawner = spawner;
    request->sequence = m->word_count == MESSAGE_REGISTER_WORDS ? m->words[7] : 0;
    if (m->word_count < 2 + SPAWN_STREAMS || m->lease_count < 1)
        return ERROR_MALFORMED;
    if (m->words[1] > PROCESS_BLOCK || m->words[0] > PROCESS_ARGUMENTS)
        return ERROR_TOO_BIG;
    int status = sys_lease_read(m->token, 0, 0, block, m->words[1], &done);
    for (unsigned i = 0; i < SPAWN_STREAMS; i++)
        request->present[i] = m->words[2 + i] != 0;
    return status != OK ? status : check_block(m, request);
}

/* ---- the program ---- */

/*
 * An eighth of what is left, so that there is always some for the next program, but not more than 64 MiB and, while
 * it lasts, not less than 1 MiB. Nothing is overcommitted: what a program may use, nobody else was promised.
 */
static uint64_t choose_quota(void)
{
    uint64_t all = 0, used = 0;
    sys_process_info(estate(), PROCESS_QUOTA, &all);
    sys_process_info(estate(), PROCESS_USED, &used);
    uint64_t left = all - used > ESTATE_RESERVE ? all - used - ESTATE_RESERVE : 0;
    uint64_t quota = left / 8;
    if (quota > QUOTA_MOST)
        quota = QUOTA_MOST;
    if (quota < QUOTA_LEAST)
        quota = left < QUOTA_LEAST ? left : QUOTA_LEAST;
    return quota;
}

static struct program_capability capability(const char *name, handle_t handle, uint64_t badge)
{
    struct program_capability capability = {.handle = handle, .rights = RIGHT_SEND | RIGHT_GIVE, .badge = badge};
    strlcpy(capability.name, name, sizeof(capability.name));
    return capability;
}

/* What the program finds by name: its own way to this server, its streams, and what all programs have. */
static void list_capabilities(const struct request *request, const handle_t *taken, uint32_t number,
                              struct program_capability list[CAPABILITIES])
{
    *list++ = capability("process", endpoint, badge_make(BADGE_PARENT, number));
    for (unsigned i = 0; i < SPAWN_STREAMS; i++) {
        *list = capability(streams[i], request->present[i] ? *taken++ : 0, 0);
        list++->rights = RIGHTS_ALL; /* what the parent gave, no less */
    }
    for (unsigned i = 0; i < INHERITED; i++)
        *list++ = capability(inherited[i], startup_capability(inherited[i]), 0);
}

static int load(const struct request *request, const handle_t *taken, const struct program_file *file,
                struct child *child)
{
    struct program_capability capabilities[CAPABILITIES];
    struct program program = {
        .file = *file,
        .priority = PROGRAM_PRIORITY,
        .generation = 1,
        .boot_time = startup()->boot_time,
        .strings = block,
        .strings_size = request->length,
        .folder = (unsigned)(request->folder - block),
        .arguments = (unsigned)request->arguments,
        .argument_count = request->argument_count,
        .capabilities = capabilities,
        .capability_count = CAPABILITIES,
    };
    list_capabilities(request, taken, child->is.number, capabilities);
    return program_load(&program, child->process);
}

/* The child's process, empty: in the estate, so that it outlives this server. */
static int create_process(struct child *child)
{
    handle_t fault_endpoint, process; /* the kernel keeps a copy of its own */
    int error = sys_cap_mint(SELF, endpoint, SELF, RIGHT_SEND | RIGHT_GIVE, badge_make(BADGE_FAULT, child->is.number),
                             0, &fault_endpoint);
    if (error != OK)
        return ERROR_NO_MEMORY;
    error = sys_process_create_in(estate(), choose_quota(), fault_endpoint, PROGRAM_HIGHEST, &process);
    sys_cap_delete(SELF, fault_endpoint);
    if (error != OK)
        return program_error(error);
    return child_has_process(child, process) ? OK : ERROR_NO_MEMORY;
}

/* ---- the operation ---- */

static int load_file(const struct request *request, const handle_t *taken, struct child *child)
{
    struct executable executable;
    struct program_file file;
    int error = executable_open(&executable, request->path, request->folder, &file);
    if (error == OK)
        error = create_process(child);
    if (error == OK)
        error = load(request, taken, &file, child);
    executable_close(&executable);
    return error;
}

/* Loads the program that the request names into a new entry of the table. */
static int start(const struct request *request, const handle_t *taken, uint32_t parent, struct child **child)
{
    struct child_record record = {.parent = parent, .spawner = request->spawner, .sequence = request->sequence};
    strlcpy(record.name, path_name(request->path), sizeof(record.name));
    *child = children_add(&record);
    if (*child == NULL)
        return ERROR_NO_MEMORY;
    int error = load_file(request, taken, *child);
    if (error == OK)
        child_runs(*child);
    else
        children_remove(*child);
    return error;
}

/* The answer names the child by a capability that the client waits on. */
static struct message answer_with(struct child *child)
{
    struct message answer = message(OK);
    if (child->handle == 0 && sys_cap_mint(SELF, endpoint, SELF, RIGHT_SEND | RIGHT_GIVE,
                                           badge_make(BADGE_CHILD, child->is.number), 0, &child->handle) != OK)
        return message(ERROR_NO_MEMORY); /* repeated, it finds the child again */
    answer.word_count = 1;
    answer.words[0] = child->is.number;
    message_give(&answer, child->handle, 0);
    return answer;
}

struct message spawn(const struct message *m, uint64_t spawner, const handle_t taken[SPAWN_STREAMS])
{
    struct request request;
    if (badge_kind(m->badge) != BADGE_PARENT)
        return message(ERROR_PERMISSION);
    int error = read_request(m, spawner, &request);
    struct child *child = children_find_request(request.spawner, request.sequence);
    if (error == OK && child == NULL)
        error = start(&request, taken, badge_number(m->badge), &child);
    return error != OK ? message((uint32_t)error) : answer_with(child);
}
