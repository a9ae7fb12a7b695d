#include "servers/init/incarnation.h"
#include "servers/init/resources.h"
#include "servers/proto/error.h"
#include "user/lib/boot_archive.h"
#include "user/lib/loader.h"
#include "user/lib/syscall.h"
#include <stdio.h>
#include <string.h>

/* The file of a server is a piece of the archive, which is mapped. */
static int read_archive(void *contents, uint64_t offset, void *buffer, uint64_t length)
{
    memcpy(buffer, (const char *)contents + offset, length);
    return OK;
}

static int find_program(const struct incarnation *incarnation, struct program_file *file)
{
    char name[ARCHIVE_NAME];
    snprintf(name, sizeof(name), "servers/%s", incarnation->server->name);
    const struct archive_entry *entry = boot_archive_find(incarnation->archive, name);
    if (entry == NULL)
        return ERROR_NOT_FOUND;
    *file = (struct program_file){
        .read = read_archive,
        .context = (void *)boot_archive_contents(incarnation->archive, entry),
        .size = entry->size,
    };
    return OK;
}

/* ---- arguments ---- */

/* Strings for the startup block: the working folder, the server's name, and what its grants add. */
struct strings {
    uint64_t size; /* bytes, zeros included */
    unsigned count;
    char text[160];
};

static void add_string(struct strings *strings, const char *text)
{
    uint64_t size = strlen(text) + 1;
    if (size > sizeof(strings->text) - strings->size)
        return;
    memcpy(strings->text + strings->size, text, size);
    strings->size += size;
    strings->count++;
}

static void add_number(struct strings *strings, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%lu", number);
    add_string(strings, text);
}

/* The frame buffer: address pitch width height bits text. */
static void add_screen(struct strings *strings, const struct bootinfo *boot)
{
    const uint64_t numbers[] = {boot->screen.address, boot->screen.pitch, boot->screen.width,
                                boot->screen.height,  boot->screen.bits,  boot->screen.text};
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        add_number(strings, numbers[i]);
}

static void fill_strings(const struct incarnation *incarnation, struct strings *strings)
{
    *strings = (struct strings){0};
    add_string(strings, "/");
    add_string(strings, incarnation->server->name);
    for (unsigned i = 0; i < incarnation->server->grant_count; i++) {
        if (incarnation->server->grants[i].kind == GRANT_SCREEN)
            add_screen(strings, incarnation->boot);
        if (incarnation->server->grants[i].kind == GRANT_ARCHIVE)
            add_number(strings, incarnation->boot->archive_size);
    }
}

/* ---- start ---- */

static int load(const struct incarnation *incarnation, struct program *program, handle_t process)
{
    struct program_capability capabilities[MANIFEST_GRANTS + 1];
    struct strings strings;
    for (unsigned i = 0; i < incarnation->server->grant_count; i++)
        capabilities[i] = resources_capability(incarnation->index, i);
    capabilities[incarnation->server->grant_count] = (struct program_capability){
        .name = "signals",
        .handle = resources_signals(incarnation->index),
        .rights = RIGHT_WAIT | RIGHT_SIGNAL | RIGHT_GIVE,
    };
    fill_strings(incarnation, &strings);
    program->capabilities = capabilities;
    program->capability_count = incarnation->server->grant_count + 1;
    program->strings = strings.text;
    program->strings_size = strings.size;
    program->arguments = sizeof("/"); /* after the working folder */
    program->argument_count = strings.count - 1;
    return program_load(program, process);
}

/* An empty process, whose faults and exit reach init with the incarnation's badge. */
static int create_process(const struct incarnation *incarnation, handle_t *process)
{
    handle_t fault_endpoint; /* the kernel keeps a copy of its own */
    int error = sys_cap_mint(SELF, resources_endpoint(MANIFEST_INIT), SELF, RIGHT_SEND | RIGHT_GIVE,
                             INCARNATION_BADGE(incarnation->index, incarnation->generation), 0, &fault_endpoint);
    if (error != OK)
        return error;
    error = sys_process_create(incarnation->quota, fault_endpoint, incarnation->server->priority, process);
    sys_cap_delete(SELF, fault_endpoint);
    return error;
}

int incarnation_start(const struct incarnation *incarnation, handle_t *process)
{
    struct program program = {
        .priority = incarnation->server->priority,
        .generation = incarnation->generation,
        .boot_time = incarnation->boot_time,
        .code = incarnation->code,
    };
    int error = find_program(incarnation, &program.file);
    *process = 0;
    if (error == OK)
        error = program_error(create_process(incarnation, process));
    if (error != OK)
        return error;
    error = load(incarnation, &program, *process);
    if (error == OK)
        return OK;
    sys_cap_delete(SELF, *process);
    *process = 0;
    return error;
}
