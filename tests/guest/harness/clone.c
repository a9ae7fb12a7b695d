#include "tests/guest/harness/clone.h"
#include "tests/guest/harness/story.h"
#include "user/lib/elf.h"
#include "user/lib/start.h"
#include "user/lib/startup.h"
#include <string.h>

#define WINDOW ((char *)0x0e0000000000) /* where the maker of a clone sees the pages it fills */

struct own_handles own;

/* Lies at the top of a clone's first stack. */
struct birth {
    struct thread_start start;
    void (*run)(void *argument);
    void *argument;
    struct own_handles own;
} __attribute__((aligned(16)));

#define SEGMENT_LOAD  1u
#define SEGMENT_WRITE 2u

extern const char __executable_start[], end[]; /* of the linker */

static uint64_t pages_in(uint64_t bytes)
{
    return (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

static const struct elf_program_header *segment(unsigned i)
{
    const struct elf_header *header = (const void *)__executable_start; /* part of the text */
    return (const struct elf_program_header *)(__executable_start + header->program_headers) + i;
}

/* The page where the writable segment begins; the text ends below it. */
static const char *data_start(void)
{
    unsigned i = 0;
    while (segment(i)->type != SEGMENT_LOAD || !(segment(i)->flags & SEGMENT_WRITE))
        i++;
    return (const char *)(segment(i)->address & ~(PAGE_SIZE - 1));
}

/* Makes `memory` of this process visible at the window; undone by close_window(). */
static bool open_window(handle_t memory, uint64_t pages)
{
    return sys_map(SELF, memory, WINDOW, 0, pages, RIGHT_READ | RIGHT_WRITE) == OK;
}

static uint64_t text_pages(void)
{
    return (uint64_t)(data_start() - __executable_start) / PAGE_SIZE;
}

void clone_prepare(void)
{
    own.ports = bootinfo()->ports;
    own.irqs = bootinfo()->irqs;
    own.devices = bootinfo()->device_memory;
    own.trace = bootinfo()->trace;
    CHECK(sys_memory_create(SELF, 1, MEMORY_SHAREABLE, &own.board) == OK);
    CHECK(sys_map(SELF, own.board, (void *)BOARD_ADDRESS, 0, 1, RIGHT_READ | RIGHT_WRITE) == OK);
    CHECK(sys_memory_create(SELF, text_pages(), MEMORY_SHAREABLE, &own.text) == OK);
    CHECK(open_window(own.text, text_pages()));
    for (unsigned i = 0; segment(i)->address < (uint64_t)data_start() && segment(i)->type == SEGMENT_LOAD; i++)
        memcpy(WINDOW + (segment(i)->address - (uint64_t)__executable_start), (const void *)segment(i)->address,
               segment(i)->memory_size);
    CHECK(sys_unmap(SELF, own.text) == OK);
}

handle_t give(handle_t handle, handle_t process, unsigned rights)
{
    handle_t copy;
    return sys_cap_copy(SELF, handle, process, rights, &copy) == OK ? copy : 0;
}

/* Shares one of our Memory objects with the clone. Its handle there, 0 on failure. */
static handle_t share(handle_t process, handle_t memory, const void *address, uint64_t pages, unsigned rights)
{
    handle_t theirs = give(memory, process, RIGHTS_ALL);
    if (!theirs || sys_map(process, theirs, (void *)address, 0, pages, rights) != OK)
        return 0;
    return theirs;
}

/* Bytes to be copied into fresh memory of a clone. */
struct contents {
    const void *bytes;
    uint64_t length, offset;
};

static bool fill(handle_t process, char *address, uint64_t pages, struct contents contents)
{
    handle_t theirs, ours;
    if (sys_memory_create(process, pages, MEMORY_SHAREABLE, &theirs) != OK ||
        sys_map(process, theirs, address, 0, pages, RIGHT_READ | RIGHT_WRITE) != OK ||
        sys_cap_copy(process, theirs, SELF, RIGHT_READ | RIGHT_WRITE, &ours) != OK)
        return false;
    bool opened = open_window(ours, pages);
    if (opened)
        memcpy(WINDOW + contents.offset, contents.bytes, contents.length);
    return sys_cap_delete(SELF, ours) == OK && opened;
}

static void begin(void *argument)
{
    const struct birth *birth = argument;
    own = birth->own;
    birth->run(birth->argument);
    sys_process_exit(0);
}

static bool furnish(handle_t process, struct birth *birth, bool with_devices)
{
    struct own_handles *theirs = &birth->own;
    const char *data = data_start();
    if (with_devices) {
        theirs->ports = give(own.ports, process, RIGHTS_ALL);
        theirs->irqs = give(own.irqs, process, RIGHTS_ALL);
        theirs->devices = give(own.devices, process, RIGHTS_ALL);
        theirs->trace = give(own.trace, process, RIGHTS_ALL);
    }
    theirs->self = give(process, process, RIGHTS_ALL);
    theirs->board = share(process, own.board, (void *)BOARD_ADDRESS, 1, RIGHT_READ | RIGHT_WRITE);
    theirs->text = share(process, own.text, __executable_start, text_pages(), RIGHT_READ | RIGHT_EXECUTE);
    return theirs->self && theirs->board && theirs->text &&
           fill(process, (char *)data, pages_in((uint64_t)(end - data)),
                (struct contents){data, (uint64_t)(end - data), 0}) &&
           fill(process, (char *)STACKS_BASE, STACK_SIZE / PAGE_SIZE,
                (struct contents){birth, sizeof(*birth), STACK_SIZE - sizeof(*birth)});
}

handle_t clone(void (*run)(void *argument), void *argument, const struct clone_options *options)
{
    uint64_t stack = STACKS_BASE + STACK_SIZE - sizeof(struct birth);
    struct birth birth = {.start = {begin, (void *)stack}, .run = run, .argument = argument};
    unsigned priority = options->priority ? options->priority : CLONE_PRIORITY;
    unsigned highest = options->highest ? options->highest : priority;
    uint64_t quota = options->quota ? options->quota : CLONE_QUOTA;
    handle_t process, thread;
    if (sys_process_create(quota, options->fault, highest, &process) != OK)
        return 0;
    if (furnish(process, &birth, options->with_devices) &&
        sys_thread_create(process, (uint64_t)thread_entry, stack, stack, priority, options->affinity, &thread) == OK)
        return process;
    sys_cap_delete(SELF, process);
    return 0;
}
