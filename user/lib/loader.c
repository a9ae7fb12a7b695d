#include "user/lib/loader.h"
#include "kernel/abi/layout.h"
#include "servers/proto/error.h"
#include "servers/proto/process.h"
#include "servers/proto/startup.h"
#include "user/lib/elf.h"
#include "user/lib/memory.h"
#include "user/lib/syscall.h"
#include <string.h>

#define WINDOW_PAGES 256ul /* mapped at once while a segment is filled; holds a whole startup block */
_Static_assert(STARTUP_PAGES <= WINDOW_PAGES, "the startup block is filled in one piece");
_Static_assert(sizeof(struct startup) + PROCESS_BLOCK <= STARTUP_PAGES * PAGE_SIZE, "the strings find room");

/*
 * A range of this process's addresses, taken once: here Memory of the child is mapped while it is filled. Using the
 * same addresses for ever keeps the page tables of a long-lived loader from growing.
 */
static char *window;

/* A full quota, table or system is one thing to whoever starts a program: there is not enough memory for it. */
static int loader_error(int status)
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

/* ---- filling Memory that belongs to the child ---- */

/* Reads the file's bytes that fall into pages [first, first + pages) of the segment, which are mapped at the window. */
static int fill_window(const struct program_file *file, const struct elf_segment *segment, uint64_t first,
                       uint64_t pages)
{
    uint64_t start = first * PAGE_SIZE, end = start + pages * PAGE_SIZE;
    uint64_t data_start = segment->skip, data_end = segment->skip + segment->size;
    if (data_start < start)
        data_start = start;
    if (data_end > end)
        data_end = end;
    return file->read(file->context, segment->offset + (data_start - segment->skip), window + (data_start - start),
                      data_end - data_start);
}

/* Fills a segment's Memory through `memory`, our capability for it. Pages without bytes of the file stay zero. */
static int fill_segment(const struct program_file *file, const struct elf_segment *segment, handle_t memory)
{
    if (segment->size == 0)
        return OK;
    uint64_t pages = (segment->skip + segment->size - 1) / PAGE_SIZE + 1;
    for (uint64_t first = 0; first < pages; first += WINDOW_PAGES) {
        uint64_t count = pages - first < WINDOW_PAGES ? pages - first : WINDOW_PAGES;
        int error = sys_map(SELF, memory, window, first, count, RIGHT_READ | RIGHT_WRITE);
        if (error == OK)
            error = fill_window(file, segment, first, count);
        if (error == OK)
            error = sys_unmap(SELF, memory);
        if (error != OK)
            return error; /* the caller deletes `memory`, which unmaps it */
    }
    return OK;
}

/* New Memory charged to the child: *memory in the child's table, *ours a copy in ours, which the caller deletes. */
static int create_memory(handle_t child, uint64_t pages, handle_t *memory, handle_t *ours)
{
    int error = sys_memory_create(child, pages, MEMORY_SHAREABLE, memory);
    return error != OK ? error : sys_cap_copy(child, *memory, SELF, RIGHT_READ | RIGHT_WRITE, ours);
}

static int load_segment(const struct program_file *file, const struct elf_segment *segment, handle_t child)
{
    handle_t memory, ours;
    int error = create_memory(child, segment->pages, &memory, &ours);
    if (error != OK)
        return error;
    error = fill_segment(file, segment, ours);
    sys_cap_delete(SELF, ours);
    if (error != OK)
        return error;
    return sys_map(child, memory, (void *)segment->address, 0, segment->pages, segment->rights);
}

static int create_stack(handle_t child)
{
    handle_t memory;
    int error = sys_memory_create(child, STACK_SIZE / PAGE_SIZE, MEMORY_SHAREABLE, &memory);
    if (error != OK)
        return error;
    return sys_map(child, memory, (void *)STACKS_BASE, 0, STACK_SIZE / PAGE_SIZE, RIGHT_READ | RIGHT_WRITE);
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

static int fill_block(const struct program *program, handle_t child, struct startup *block)
{
    block->magic = STARTUP_MAGIC;
    block->argument_count = program->argument_count;
    block->arguments = (unsigned)sizeof(*block) + program->arguments;
    block->folder = (unsigned)sizeof(*block) + program->folder;
    block->generation = program->generation;
    block->priority = program->priority;
    block->boot_time = program->boot_time;
    memcpy(block->strings, program->strings, program->strings_size);
    return give_capabilities(program, child, block);
}

/*
 * Makes the block and, as the last step of all, the thread. The thread's handle is known only when the thread runs
 * already: `self_thread` is the one field that a program may see change, once, from 0.
 */
static int start(const struct program *program, handle_t child, uint64_t entry)
{
    uint64_t pages = (sizeof(struct startup) + program->strings_size - 1) / PAGE_SIZE + 1;
    struct startup *block = (struct startup *)window;
    handle_t memory, ours, thread;
    int error = create_memory(child, pages, &memory, &ours);
    if (error != OK)
        return error;
    error = sys_map(SELF, ours, block, 0, pages, RIGHT_READ | RIGHT_WRITE);
    if (error == OK)
        error = fill_block(program, child, block);
    if (error == OK)
        error = sys_map(child, memory, (void *)STARTUP_ADDRESS, 0, pages, RIGHT_READ | RIGHT_WRITE);
    if (error == OK)
        error =
            sys_thread_create(child, entry, STACKS_BASE + STACK_SIZE, STARTUP_ADDRESS, program->priority, 0, &thread);
    if (error == OK)
        __atomic_store_n(&block->self_thread, thread, __ATOMIC_RELEASE);
    sys_cap_delete(SELF, ours);
    return error;
}

static int build(const struct program *program, const struct elf_image *image, handle_t child)
{
    int error = OK;
    for (unsigned i = 0; i < image->segment_count && error == OK; i++)
        error = load_segment(&program->file, &image->segments[i], child);
    if (error == OK)
        error = create_stack(child);
    return error != OK ? error : start(program, child, image->entry);
}

int program_load(const struct program *program, handle_t *process)
{
    struct elf_image image;
    if (program->strings_size > PROCESS_BLOCK || program->capability_count > STARTUP_CAPABILITIES)
        return ERROR_TOO_BIG;
    if (window == NULL && (window = address_reserve(WINDOW_PAGES)) == NULL)
        return ERROR_NO_MEMORY;
    int error = read_image(&program->file, &image);
    if (error != OK)
        return error;
    error = sys_process_create(program->quota, program->fault_endpoint, program->highest, process);
    if (error != OK)
        return loader_error(error);
    error = build(program, &image, *process);
    if (error != OK)
        sys_cap_delete(SELF, *process); /* and with it all that was charged to it */
    return loader_error(error);
}
