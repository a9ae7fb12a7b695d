/*
 * Checking an ELF executable before any of it is believed.
 *
 * A program is a file, and a file is input: elf_check() looks at every number that the loader will use and turns the
 * headers into a short list of segments that can be mapped without further thought. What it accepts:
 *
 *   - ELF64, little-endian, x86-64, ET_EXEC, no interpreter, no dynamic section
 *   - 1 to ELF_SEGMENTS loadable segments in ascending order that share no page, between PROGRAM_BASE and HEAP_BASE,
 *     none over the startup block
 *   - no segment both writable and executable; the entry point lies in an executable one
 *
 * Pure: no system calls, also built on the host for tests. The struct layouts are the ELF specification's.
 */
#pragma once
#include <stdint.h>

#define ELF_SEGMENTS        8
#define ELF_PROGRAM_HEADERS 32 /* looked at; a file with more is refused */

struct elf_header {
    uint8_t identification[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers; /* an address, and two offsets in the file */
    uint32_t flags;
    uint16_t header_size, program_header_size, program_header_count;
    uint16_t section_header_size, section_header_count, section_names;
};

struct elf_program_header {
    uint32_t type, flags;
    uint64_t offset, address, physical_address, file_size, memory_size, alignment;
};

/* A range of pages, and the bytes of the file that go into it; the rest of the pages is zero. */
struct elf_segment {
    uint64_t address; /* of the first page */
    uint64_t pages;
    uint64_t first;  /* pages of all segments before it */
    uint64_t skip;   /* bytes from `address` to the first byte that comes from the file */
    uint64_t offset; /* of that byte in the file */
    uint64_t size;   /* bytes that come from the file */
    unsigned rights; /* RIGHT_READ, and RIGHT_WRITE or RIGHT_EXECUTE */
};

struct elf_image {
    uint64_t entry;
    uint64_t pages; /* of all segments */
    unsigned segment_count;
    struct elf_segment segments[ELF_SEGMENTS];
};

/*
 * Is the header that of a program of ours? `file_size` is the whole file's, in bytes. Afterwards the program headers
 * are known to lie inside the file and to number at most ELF_PROGRAM_HEADERS. Returns 0 or ERROR_NOT_PROGRAM.
 */
int elf_check_header(const struct elf_header *header, uint64_t file_size);

/*
 * Turns the program headers, `header->program_header_count` of them, into `image`. The header passed
 * elf_check_header(). Returns 0, ERROR_NOT_PROGRAM, or ERROR_NO_MEMORY if a segment is larger than any Memory can be,
 * or grows into the startup block.
 */
int elf_check(const struct elf_header *header, const struct elf_program_header *headers, uint64_t file_size,
              struct elf_image *image);
