/*
 * The made-up world.
 */
#include "tests/host/lib/fakes.h"
#include "servers/proto/error.h"
#include "tests/host/lib/host.h"
#include "user/lib/directory.h"
#include "user/lib/exit.h"
#include "user/lib/memory.h"
#include "user/lib/path.h"
#include "user/lib/startup.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t fake_pages_left = 1 << 20;
struct fake_file fake_files[32], fake_input, fake_output, fake_error;
int fake_write_failure;
bool fake_terminal;
unsigned fake_writes;

static struct open_file {
    struct fake_file *file;
    size_t offset;
    bool append;
} open_files[DESCRIPTORS];

void fakes_reset(void)
{
    memset(fake_files, 0, sizeof(fake_files));
    memset(open_files, 0, sizeof(open_files));
    struct fake_file *const standard[] = {&fake_input, &fake_output, &fake_error};
    for (int i = 0; i < 3; i++) {
        *standard[i] = (struct fake_file){0};
        open_files[i] = (struct open_file){standard[i], 0, i > 0};
    }
    fake_write_failure = OK;
    fake_terminal = false;
    fake_writes = 0;
}

/* ---- memory ---- */

void *pages_map(handle_t memory, uint64_t pages, unsigned rights)
{
    (void)memory, (void)rights;
    return host_pages(pages);
}

void pages_release(void *address, uint64_t pages, handle_t memory)
{
    fake_pages_left += memory;
    host_release(address, pages);
}

void *pages_allocate(uint64_t pages)
{
    handle_t memory;
    return sys_memory_create(SELF, pages, 0, &memory) == OK ? host_pages(pages) : 0;
}

/* ---- the process ---- */

_Noreturn void assert_failed(const char *condition, const char *file, int line)
{
    char text[512];
    snprintf(text, sizeof(text), "%s:%d: not true: %s\n", file, line, condition);
    host_fail(text);
}

int (*exit_flush)(void);

const struct startup *startup(void)
{
    return 0;
}

handle_t startup_capability(const char *name)
{
    return strcmp(name, "system") == 0 ? 2 : 1;
}

const char *program_name(void)
{
    return "sh";
}

/* ---- files ---- */

static struct fake_file *find(const char *path)
{
    char absolute[PATH_SIZE];
    if (path_absolute(path, absolute) != OK)
        return 0;
    for (struct fake_file *file = fake_files; file->path; file++)
        if (strcmp(file->path, absolute) == 0)
            return file;
    return 0;
}

static struct fake_file *create(const char *path)
{
    char absolute[PATH_SIZE];
    struct fake_file *file = fake_files;
    while (file->path)
        file++;
    path_absolute(path, absolute);
    file->path = strdup(absolute);
    return file;
}

int open(const char *path, unsigned flags, unsigned mode)
{
    (void)mode;
    struct fake_file *file = find(path);
    int descriptor = 3;
    if (!file && !(flags & FS_CREATE))
        return -ERROR_NOT_FOUND;
    if (!file)
        file = create(path);
    if (flags & FS_TRUNCATE)
        file->length = 0;
    while (open_files[descriptor].file)
        descriptor++;
    open_files[descriptor] = (struct open_file){file, 0, flags & OPEN_APPEND};
    return descriptor;
}

int close(int descriptor)
{
    if (!open_files[descriptor].file)
        return -E_HANDLE;
    open_files[descriptor] = (struct open_file){0};
    return OK;
}

int dup(int descriptor)
{
    int copy = 3;
    while (open_files[copy].file)
        copy++;
    open_files[copy] = open_files[descriptor];
    return copy;
}

int descriptor_swap(int left, int right)
{
    struct open_file kept = open_files[left];
    open_files[left] = open_files[right];
    open_files[right] = kept;
    return OK;
}

long read(int descriptor, void *buffer, size_t size)
{
    struct open_file *open_file = &open_files[descriptor];
    size_t left = open_file->file->length - open_file->offset;
    size_t count = left < size ? left : size;
    if (count > 100)
        count = 100; /* fewer bytes than asked for are normal */
    memcpy(buffer, open_file->file->bytes + open_file->offset, count);
    open_file->offset += count;
    return (long)count;
}

long write(int descriptor, const void *buffer, size_t size)
{
    struct open_file *open_file = &open_files[descriptor];
    size_t *offset = open_file->append ? &open_file->file->length : &open_file->offset;
    fake_writes++;
    if (fake_write_failure != OK)
        return fake_write_failure;
    if (*offset + size > FAKE_FILE)
        return -ERROR_NO_SPACE;
    memcpy(open_file->file->bytes + *offset, buffer, size);
    *offset += size;
    if (*offset > open_file->file->length)
        open_file->file->length = *offset;
    return (long)size;
}

bool is_terminal(int descriptor)
{
    return descriptor == 1 && fake_terminal;
}

int lstat(const char *path, struct file_status *status)
{
    struct fake_file *file = find(path);
    if (!file)
        return -ERROR_NOT_FOUND;
    *status = (struct file_status){.kind = file->folder ? KIND_DIRECTORY : KIND_FILE};
    return OK;
}

int stat(const char *path, struct file_status *status)
{
    return lstat(path, status);
}

/* ---- folders ---- */

struct directory {
    char prefix[PATH_SIZE];
    struct fake_file *next;
};

int opendir(const char *path, struct directory **directory)
{
    struct directory *d = malloc(sizeof(*d));
    path_absolute(path, d->prefix);
    if (strcmp(d->prefix, "/") != 0)
        strcat(d->prefix, "/");
    d->next = fake_files;
    *directory = d;
    return OK;
}

int readdir(struct directory *directory, struct directory_entry *entry)
{
    size_t length = strlen(directory->prefix);
    for (; directory->next->path; directory->next++) {
        const char *path = directory->next->path;
        if (strncmp(path, directory->prefix, length) == 0 && path[length] && !strchr(path + length, '/')) {
            strcpy(entry->name, path + length);
            entry->kind = directory->next++->folder ? KIND_DIRECTORY : KIND_FILE;
            return 1;
        }
    }
    return 0;
}

void closedir(struct directory *directory)
{
    free(directory);
}
