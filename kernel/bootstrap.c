/*
 * Making init. From here on memory and authority are handed on by user-space programs alone.
 *
 * The kernel reads the archive's first entry as an ELF64 executable, looking at numbers only, never at names.
 */
#include "kernel/bootstrap.h"
#include "kernel/abi/bootinfo.h"
#include "kernel/base/check.h"
#include "kernel/base/memory.h"
#include "kernel/base/trace.h"
#include "kernel/ipc/device.h"
#include "kernel/sched/process.h"

struct elf_header {
    uint8_t magic[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t size, program_header_size, program_header_count;
};
struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_size, memory_size, align;
};
#define ELF_MAGIC    0x464c457fu
#define SEGMENT_LOAD 1
enum segment_flags { SEGMENT_EXECUTE = 1, SEGMENT_WRITE = 2 };

static const uint8_t *archive;

static struct memory *memory_of_slot(const struct slot *slot)
{
    return container_of(slot->object, struct memory, object);
}

/* A new Memory object of init; fixed ones are filled by the caller. */
static struct slot *new_memory(struct process *init, uint64_t pages, uint64_t price)
{
    struct slot *slot;
    void *memory;

    CHECK(object_create(init, price, &memory, &slot) == OK);
    CHECK(memory_init(memory, pages, MEMORY_SHAREABLE) == OK);
    object_publish(&((struct memory *)memory)->object, OBJECT_MEMORY, slot);
    return slot;
}

static struct memory *map_new(struct process *init, uint64_t address, uint64_t pages, unsigned rights)
{
    struct slot *slot = new_memory(init, pages, memory_price(pages, MEMORY_SHAREABLE));
    struct memory *memory = memory_of_slot(slot);

    slot->mapping = (struct mapping){.address = address, .owner = slot->index};
    while (slot->mapping.pages < pages)
        CHECK(mapping_extend(&slot->mapping, &init->space, memory, pages, rights) == OK);
    return memory;
}

static void load_segment(struct process *init, const struct elf_segment *segment, const uint8_t *file, uint64_t size)
{
    uint64_t start = segment->address & ~(PAGE_SIZE - 1);
    uint64_t end = (segment->address + segment->memory_size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    unsigned rights = RIGHT_READ | (segment->flags & SEGMENT_WRITE ? RIGHT_WRITE : 0) |
                      (segment->flags & SEGMENT_EXECUTE ? RIGHT_EXECUTE : 0);
    struct memory *memory;

    if (segment->offset > size || segment->file_size > size - segment->offset ||
        segment->file_size > segment->memory_size || start < USER_FIRST || end <= start || end > HEAP_BASE)
        panic("init: a segment at %lx lies outside the file or user space", segment->address);
    memory = map_new(init, start, (end - start) / PAGE_SIZE, rights);
    for (uint64_t done = 0, piece; done < segment->file_size; done += piece) {
        uint64_t place = segment->address - start + done;

        piece = PAGE_SIZE - place % PAGE_SIZE;
        if (piece > segment->file_size - done)
            piece = segment->file_size - done;
        memory_copy((char *)phys_to_virt(memory_frame(memory, place / PAGE_SIZE)) + place % PAGE_SIZE,
                    file + segment->offset + done, piece);
    }
}

/* Returns the entry point. */
static uint64_t load_init(struct process *init)
{
    const struct archive_header *header = (const void *)archive;
    const struct archive_entry *entry = header->entries;
    const struct elf_header *elf;
    uint64_t end;

    if (machine.archive_size < sizeof(*header) + sizeof(*entry) || header->magic != ARCHIVE_MAGIC || !header->count)
        panic("the boot archive is missing or damaged: boot with the module boot.archive");
    if (entry->offset % PAGE_SIZE || entry->offset > machine.archive_size ||
        entry->size > machine.archive_size - entry->offset || entry->size < sizeof(*elf))
        panic("the boot archive's first entry, init, does not lie in it");
    elf = (const void *)(archive + entry->offset);
    end = elf->program_headers + elf->program_header_count * sizeof(struct elf_segment);
    if (*(const uint32_t *)elf->magic != ELF_MAGIC || elf->program_header_size != sizeof(struct elf_segment) ||
        elf->program_headers > entry->size || end > entry->size)
        panic("init is not an ELF64 executable");
    for (unsigned i = 0; i < elf->program_header_count; i++) {
        const struct elf_segment *segment = (const void *)((const uint8_t *)elf + elf->program_headers);

        if (segment[i].type == SEGMENT_LOAD && segment[i].memory_size)
            load_segment(init, &segment[i], (const void *)elf, entry->size);
    }
    return elf->entry;
}

/* Memory that was never the allocator's. With RIGHT_MINT: the root of all device addresses. */
static handle_t fixed_memory(struct process *init, phys_t base, uint64_t pages, unsigned rights)
{
    struct slot *slot = new_memory(init, pages, 1);
    bool is_root = rights & RIGHT_MINT;

    memory_init_fixed(memory_of_slot(slot), base, pages, is_root, false);
    memory_of_slot(slot)->is_root = is_root;
    slot->rights = (uint8_t)rights;
    return slot->handle;
}

static void fill_bootinfo(struct bootinfo *info, struct process *init)
{
    info->magic = BOOTINFO_MAGIC;
    info->cpus = machine.cpu_count;
    info->archive = fixed_memory(init, machine.archive, (machine.archive_size + PAGE_SIZE - 1) / PAGE_SIZE,
                                 RIGHT_READ | RIGHT_EXECUTE | RIGHT_GIVE);
    info->trace = fixed_memory(init, (phys_t)trace_rings - KERNEL_BASE,
                               machine.cpu_count * sizeof(trace_rings[0]) / PAGE_SIZE, RIGHT_READ | RIGHT_GIVE);
    info->device_memory = fixed_memory(init, 0, 1, RIGHTS_ALL);
    info->irqs = irq_create_root(init);
    CHECK(ioports_create(init, 0, 0x10000, &info->ports) == OK);
    info->archive_size = machine.archive_size;
    info->frames = init->account.quota;
    info->tsc_khz = machine.tsc_khz;
    info->power_port = machine.power_port;
    info->screen.address = machine.screen.address;
    info->screen.pitch = machine.screen.pitch;
    info->screen.width = machine.screen.width;
    info->screen.height = machine.screen.height;
    info->screen.bits = machine.screen.bits;
    info->screen.text = machine.screen.text;
    memory_copy(info->command_line, machine.command_line, sizeof(info->command_line));
}

void bootstrap(void)
{
    struct thread_parameters first = {
        .stack = STACKS_BASE + STACK_SIZE,
        .argument = STARTUP_ADDRESS,
        .priority = PRIORITIES - 1,
        .affinity = (1u << MAX_CPUS) - 1,
    };
    struct bootinfo *info;
    struct process *init;
    handle_t self;

    archive = phys_to_virt(machine.archive);
    if (!machine.archive)
        panic("no boot archive: boot with the module boot.archive");
    init = process_create_first(machine_frames.free, &self);
    first.entry = load_init(init);
    map_new(init, STACKS_BASE, STACK_SIZE / PAGE_SIZE, RIGHT_READ | RIGHT_WRITE);
    info = phys_to_virt(memory_frame(map_new(init, STARTUP_ADDRESS, 1, RIGHT_READ), 0));
    fill_bootinfo(info, init);
    info->self = self;
    CHECK(thread_create(init, &first, &info->thread) == OK);
    info->message_page = thread_table[0]->page_address;
}
