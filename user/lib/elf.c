#include "user/lib/elf.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/rights.h"
#include "servers/proto/error.h"
#include "servers/proto/startup.h"
#include <stdbool.h>
#include <string.h>

enum { TYPE_EXECUTABLE = 2, MACHINE_X86_64 = 62, VERSION_CURRENT = 1 };
enum segment_type { SEGMENT_LOAD = 1, SEGMENT_DYNAMIC = 2, SEGMENT_INTERPRETER = 3, SEGMENT_THREAD_LOCAL = 7 };
enum segment_flags { FLAG_EXECUTE = 1, FLAG_WRITE = 2, FLAG_READ = 4 };

/* 0x7f E L F, 64-bit, little-endian, version 1 */
static const uint8_t expected_identification[7] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

int elf_check_header(const struct elf_header *header, uint64_t file_size)
{
    if (file_size < sizeof(*header) ||
        memcmp(header->identification, expected_identification, sizeof(expected_identification)) != 0)
        return ERROR_NOT_PROGRAM;
    if (header->type != TYPE_EXECUTABLE || header->machine != MACHINE_X86_64 || header->version != VERSION_CURRENT)
        return ERROR_NOT_PROGRAM;
    if (header->header_size != sizeof(*header) || header->program_header_size != sizeof(struct elf_program_header))
        return ERROR_NOT_PROGRAM;
    if (header->program_header_count == 0 || header->program_header_count > ELF_PROGRAM_HEADERS)
        return ERROR_NOT_PROGRAM;
    uint64_t table_size = header->program_header_count * sizeof(struct elf_program_header);
    if (header->program_headers > file_size || table_size > file_size - header->program_headers)
        return ERROR_NOT_PROGRAM;
    return 0;
}

/* Are [a, a_end) and [b, b_end) apart? */
static bool apart(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
    return a_end <= b || b_end <= a;
}

/* The numbers of one loadable segment, without a look at the others. Nothing in here can overflow: each sum is formed
 * only after both its parts were found to be below HEAP_BASE. */
static bool segment_is_sound(const struct elf_program_header *header, uint64_t file_size)
{
    if (header->file_size > header->memory_size || header->offset > file_size ||
        header->file_size > file_size - header->offset)
        return false;
    if (header->address < PROGRAM_BASE || header->address >= HEAP_BASE || header->memory_size == 0 ||
        header->memory_size > HEAP_BASE - header->address)
        return false;
    if (header->alignment > 1 && ((header->alignment & (header->alignment - 1)) != 0 ||
                                  (header->address - header->offset) % header->alignment != 0))
        return false;
    if ((header->flags & FLAG_READ) == 0 ||
        (header->flags & (FLAG_WRITE | FLAG_EXECUTE)) == (FLAG_WRITE | FLAG_EXECUTE))
        return false;
    return true;
}

static struct elf_segment segment_from(const struct elf_program_header *header)
{
    uint64_t first = header->address / PAGE_SIZE, end = (header->address + header->memory_size - 1) / PAGE_SIZE + 1;
    unsigned rights = RIGHT_READ;
    if (header->flags & FLAG_WRITE)
        rights |= RIGHT_WRITE;
    if (header->flags & FLAG_EXECUTE)
        rights |= RIGHT_EXECUTE;
    return (struct elf_segment){
        .address = first * PAGE_SIZE,
        .pages = end - first,
        .skip = header->address % PAGE_SIZE,
        .offset = header->offset,
        .size = header->file_size,
        .rights = rights,
    };
}

static uint64_t segment_end(const struct elf_segment *segment)
{
    return segment->address + segment->pages * PAGE_SIZE;
}

/* Adds one loadable segment to the image, if there is room and it lies above all segments before it. */
static int add_segment(struct elf_image *image, const struct elf_program_header *header, uint64_t file_size)
{
    if (image->segment_count == ELF_SEGMENTS || !segment_is_sound(header, file_size))
        return ERROR_NOT_PROGRAM;
    struct elf_segment segment = segment_from(header);
    if (image->segment_count > 0 && segment.address < segment_end(&image->segments[image->segment_count - 1]))
        return ERROR_NOT_PROGRAM;
    if (segment.pages > MAX_MEMORY_PAGES)
        return ERROR_NO_MEMORY;
    if (!apart(segment.address, segment_end(&segment), STARTUP_ADDRESS, STARTUP_ADDRESS + STARTUP_PAGES * PAGE_SIZE))
        return segment.address < STARTUP_ADDRESS ? ERROR_NO_MEMORY : ERROR_NOT_PROGRAM;
    segment.first = image->pages;
    image->pages += segment.pages;
    image->segments[image->segment_count++] = segment;
    return 0;
}

static bool entry_is_executable(const struct elf_image *image)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        if (image->entry >= segment->address && image->entry < segment_end(segment))
            return (segment->rights & RIGHT_EXECUTE) != 0;
    }
    return false;
}

int elf_check(const struct elf_header *header, const struct elf_program_header *headers, uint64_t file_size,
              struct elf_image *image)
{
    *image = (struct elf_image){.entry = header->entry};
    for (unsigned i = 0; i < header->program_header_count; i++) {
        switch (headers[i].type) {
        case SEGMENT_LOAD: {
            int error = add_segment(image, &headers[i], file_size);
            if (error != 0)
                return error;
            break;
        }
        case SEGMENT_DYNAMIC:
        case SEGMENT_INTERPRETER:
        case SEGMENT_THREAD_LOCAL:
            return ERROR_NOT_PROGRAM; /* needs services at start that no program of ours gets */
        default:
            break; /* notes and hints: nothing to load */
        }
    }
    return entry_is_executable(image) ? 0 : ERROR_NOT_PROGRAM;
}
