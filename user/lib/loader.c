#include "user/lib/loader.h"
#include "kernel/abi/layout.h"
#include "servers/proto/error.h"
#include "servers/proto/process.h"
#include "servers/proto/startup.h"
#include "user/lib/elf.h"
#include "user/lib/memory.h"
#include "user/lib/syscall.h"
#include <string.h>

/*
 * A program's memory is one Memory object, charged to the program, so that there is one to create, fill and destroy:
 *
 *     startup block | segment 0 | segment 1 | ... | stack
 *
 * Each of these parts is mapped through a capability of its own, with the rights that the part has.
 *
 * It is filled through a window: a range of this process's addresses, taken once. Using the same addresses for ever
 * keeps the page tables of a long-lived loader from growing.
 */
#define WINDOW_PAGES 256ul
#define STACK_PAGES  (STACK_SIZE / PAGE_SIZE)
static char *window;

_Static_assert(STARTUP_PAGES <= WINDOW_PAGES, "the startup block is filled in one piece");
_Static_assert(sizeof(struct startup) + (PROCESS_ARGUMENTS + 1) * sizeof(char *) + PROCESS_BLOCK <=
                   STARTUP_PAGES * PAGE_SIZE,
               "table and strings find room");

int program_error(int status)
{
    return status == E_QUOTA || status == E_LIMIT ? ERROR_NO_MEMORY : status;
}

/* ---- reading and checking the file ---- */

static int read_image(const struct program_file *file, struct elf_image *image)
{
    struct elf_header header;
    struct elf_program_header headers[ELF_PROGRAM_HEADERS];
    if (file->size < sizeof(header))
        return ERROR_NOT_PROGRAM;
    int error = file->read(file->context, 0, &header, sizeof(header));
    if (error == 0)
        error = elf_check_header(&header, file->size);
    if (error == 0)
        error = file->read(file->context, header.program_headers, headers,
                           header.program_header_count * sizeof(headers[0]));
    return error != 0 ? error : elf_check(&header, headers, file->size, image);
}

/* ---- the child's memory ---- */

/* A program on its way into its process. */
struct loading {
    const struct program *program;
    struct elf_image image;
    uint64_t block_pages; /* of the startup block */
    handle_t child;
    handle_t memory, ours; /* the same Memory, in the child's table and in ours */
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Reads a segment's bytes that fall into pages [first, first + pages) of the Memory, which are mapped at the window. */
static int fill_segment(const struct loading *l, const struct elf_segment *segment, uint64_t first, uint64_t pages)
{
    const struct program_file *file = &l->program->file;
    uint64_t data = (l->block_pages + segment->first) * PAGE_SIZE + segment->skip;
    uint64_t start = data > first * PAGE_SIZE ? data : first * PAGE_SIZE;
    uint64_t end = smaller(data + segment->size, (first + pages) * PAGE_SIZE);
    if (start >= end)
        return OK;
    return file->read(file->context, segment->offset + (start - data), window + (start - first * PAGE_SIZE),
                      end - start);
}

/* Fills the segments, up to the last page that holds bytes of the file; leaves the startup block at the window. */
static int fill_segments(const struct loading *l)
{
    const struct elf_segment *last = &l->image.segments[l->image.segment_count - 1];
    uint64_t pages = l->block_pages + last->first + (last->skip + last->size + PAGE_SIZE - 1) / PAGE_SIZE;
    for (uint64_t first = (pages - 1) / WINDOW_PAGES * WINDOW_PAGES;; first -= WINDOW_PAGES) {
        uint64_t count = smaller(pages - first, WINDOW_PAGES);
        int error = sys_map(SELF, l->ours, window, first, count, RIGHT_READ | RIGHT_WRITE);
        for (unsigned i = 0; i < l->image.segment_count && error == OK; i++)
            error = fill_segment(l, &l->image.segments[i], first, count);
        if (error != OK || first == 0) /* page 0, where the startup block begins, comes last */
            return error;
        error = sys_unmap(SELF, l->ours);
        if (error != OK)
            return error;
    }
}

/* Maps pages [first, first + pages) of the Memory for the child. */
static int map_part(const struct loading *l, uint64_t address, uint64_t first, uint64_t pages, unsigned rights)
{
    handle_t part;
    int error = sys_cap_copy(l->child, l->memory, l->child, rights, &part);
    return error != OK ? error : sys_map(l->child, part, (void *)address, first, pages, rights);
}

static int map_parts(const struct loading *l)
{
    unsigned rights = RIGHT_READ | RIGHT_WRITE;
    int error = map_part(l, STARTUP_ADDRESS, 0, l->block_pages, rights);
    for (unsigned i = 0; i < l->image.segment_count && error == OK; i++) {
        const struct elf_segment *segment = &l->image.segments[i];
        error = map_part(l, segment->address, l->block_pages + segment->first, segment->pages, segment->rights);
    }
    return error != OK ? error : map_part(l, STACKS_BASE, l->block_pages + l->image.pages, STACK_PAGES, rights);
}

/* ---- the startup block ---- */

/* Derives the capabilities in the child's table and lists them in the block. */
static int give_capabilities(const struct program *program, handle_t child, struct startup *block)
{
    for (unsigned i = 0; i < program->capability_count; i++) {
        const struct program_capability *from = &program->capabilities[i];
        struct startup_capability *to = &block->capabilities[block->capability_count];
        if (from->handle == 0)
            continue;
        int error = from->badge != 0
                        ? sys_cap_mint(SELF, from->handle, child, from->rights, from->badge, 0, &to->handle)
                        : sys_cap_copy(SELF, from->handle, child, from->rights, &to->handle);
        if (error == E_HANDLE || error == E_DEAD)
            continue; /* its server was given up: to the child it is as if it had never been there */
        if (error != OK)
            return error;
        memcpy(to->name, from->name, sizeof(to->name));
        block->capability_count++;
    }
    return OK;
}

/* Bytes of the block before its strings. */
static uint64_t strings_offset(const struct program *program)
{
    return sizeof(struct startup) + (program->argument_count + 1) * sizeof(char *);
}

/* Lays the strings down, and enters where the child will see them. */
static void fill_strings(const struct program *program, struct startup *block)
{
    char **table = (char **)(block + 1);
    char *strings = (char *)block + strings_offset(program);
    char *seen = (char *)STARTUP_ADDRESS + strings_offset(program), *argument = seen + program->arguments;
    memcpy(strings, program->strings, program->strings_size);
    block->folder = seen + program->folder;
    block->argument_count = program->argument_count;
    block->arguments = (char **)(STARTUP_ADDRESS + sizeof(*block));
    for (unsigned i = 0; i < program->argument_count; i++) {
        table[i] = argument;
        argument += strlen(strings + (argument - seen)) + 1;
    }
}

static int fill_block(const struct program *program, handle_t child, struct startup *block)
{
    block->magic = STARTUP_MAGIC;
    block->generation = program->generation;
    block->priority = program->priority;
    block->boot_time = program->boot_time;
    fill_strings(program, block);
    return give_capabilities(program, child, block);
}

/*
 * Fills the block, which is mapped at the window, and, as the last step of all, makes the thread. The thread's handle
 * is known only when the thread runs already: `self_thread` is the one field that a program may see change, once, from
 * 0.
 */
static int start(const struct program *program, handle_t child, uint64_t entry)
{
    struct startup *block = (struct startup *)window;
    handle_t thread;
    int error = fill_block(program, child, block);
    if (error == OK)
        error =
            sys_thread_create(child, entry, STACKS_BASE + STACK_SIZE, STARTUP_ADDRESS, program->priority, 0, &thread);
    if (error == OK)
        __atomic_store_n(&block->self_thread, thread, __ATOMIC_RELEASE);
    return error;
}

/* Tells the caller where the code is: in the one segment that can be executed. */
static void note_code(const struct loading *l)
{
    for (unsigned i = 0; l->program->code != 0 && i < l->image.segment_count; i++) {
        const struct elf_segment *segment = &l->image.segments[i];
        if ((segment->rights & RIGHT_EXECUTE) != 0)
            *l->program->code =
                (struct program_code){segment->address, segment->pages, l->memory, l->block_pages + segment->first};
    }
}

static int build(struct loading *l)
{
    uint64_t pages = l->block_pages + l->image.pages + STACK_PAGES;
    if (pages > MAX_MEMORY_PAGES)
        return ERROR_NO_MEMORY;
    int error = sys_memory_create(l->child, pages, MEMORY_SHAREABLE, &l->memory);
    if (error == OK)
        error = sys_cap_copy(l->child, l->memory, SELF, RIGHT_READ | RIGHT_WRITE, &l->ours);
    if (error != OK)
        return error;
    note_code(l);
    error = fill_segments(l);
    if (error == OK)
        error = map_parts(l);
    if (error == OK)
        error = start(l->program, l->child, l->image.entry);
    sys_cap_delete(SELF, l->ours); /* which unmaps it from the window */
    return error;
}

int program_load(const struct program *program, handle_t process)
{
    struct loading loading = {.program = program, .child = process};
    if (program->strings_size > PROCESS_BLOCK || program->argument_count > PROCESS_ARGUMENTS ||
        program->capability_count > STARTUP_CAPABILITIES)
        return ERROR_TOO_BIG;
    if (window == NULL && (window = address_reserve(WINDOW_PAGES)) == NULL)
        return ERROR_NO_MEMORY;
    int error = read_image(&program->file, &loading.image);
    if (error != OK)
        return error;
    loading.block_pages = (strings_offset(program) + program->strings_size - 1) / PAGE_SIZE + 1;
    return program_error(build(&loading));
}
