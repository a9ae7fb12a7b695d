/*
 * The loader's checks of an ELF file (user/lib/elf.c). Arguments: a real executable of ours, and a number of mutations.
 *
 * First the named cases: each breaks one rule in a sound header and expects the refusal. Then the real file's headers
 * are damaged at random, from a fixed seed: whatever is accepted must keep every rule, which is checked here anew and
 * in other words, with 128-bit numbers that cannot overflow.
 */
#include "kernel/abi/layout.h"
#include "kernel/abi/rights.h"
#include "servers/proto/error.h"
#include "servers/proto/startup.h"
#include "user/lib/elf.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BASE      0x12000000ul
#define FILE_SIZE 0x3000ul
typedef unsigned __int128 wide;

static const char *real_path;
static unsigned long mutations;

/* ---- a sound program: code, read-only data, data with a zeroed end ---- */

struct program {
    struct elf_header header;
    struct elf_program_header segments[3];
};

static struct program sound(void)
{
    return (struct program){
        .header = {.identification = {0x7f, 'E', 'L', 'F', 2, 1, 1},
                   .type = 2,
                   .machine = 62,
                   .version = 1,
                   .entry = BASE + 0x1010,
                   .program_headers = 64,
                   .header_size = 64,
                   .program_header_size = 56,
                   .program_header_count = 3},
        .segments = {{1, 4, 0, BASE, BASE, 0x800, 0x800, 0x1000},
                     {1, 5, 0x1000, BASE + 0x1000, 0, 0x900, 0x900, 0x1000},
                     {1, 6, 0x2010, BASE + 0x2010, 0, 0x100, 0x5000, 0x1000}},
    };
}

static int check(const struct program *program, struct elf_image *image)
{
    int error = elf_check_header(&program->header, FILE_SIZE);
    return error != 0 ? error : elf_check(&program->header, program->segments, FILE_SIZE, image);
}

static void a_sound_program_becomes_segments(void **state)
{
    (void)state;
    struct program program = sound();
    struct elf_image image;
    assert_int_equal(check(&program, &image), 0);
    assert_int_equal(image.segment_count, 3);
    assert_int_equal(image.entry, BASE + 0x1010);
    assert_int_equal(image.segments[1].rights, RIGHT_READ | RIGHT_EXECUTE);
    assert_int_equal(image.segments[2].address, BASE + 0x2000);
    assert_int_equal(image.segments[2].skip, 0x10);
    assert_int_equal(image.segments[2].pages, 6);
    assert_int_equal(image.segments[2].size, 0x100);
}

#define REFUSED(change)                                                                                                \
    do {                                                                                                               \
        struct program p = sound();                                                                                    \
        struct elf_image image;                                                                                        \
        change;                                                                                                        \
        assert_int_equal(check(&p, &image), ERROR_NOT_PROGRAM);                                                        \
    } while (0)

static void a_wrong_header_is_refused(void **state)
{
    (void)state;
    REFUSED(p.header.identification[1] = 'e');
    REFUSED(p.header.identification[4] = 1); /* 32 bits */
    REFUSED(p.header.identification[5] = 2); /* big-endian */
    REFUSED(p.header.type = 3);              /* position-independent */
    REFUSED(p.header.machine = 40);
    REFUSED(p.header.program_header_size = 32);
    REFUSED(p.header.program_header_count = 0);
    REFUSED(p.header.program_header_count = 0xffff);
    REFUSED(p.header.program_headers = FILE_SIZE - 8);
    REFUSED(p.header.program_headers = ~0ul - 8);
    REFUSED(p.header.entry = BASE);            /* not executable */
    REFUSED(p.header.entry = BASE + 0x100000); /* nowhere */
    REFUSED(p.segments[0].type = 2);           /* a dynamic section */
    REFUSED(p.segments[0].type = 3);           /* an interpreter */
    struct elf_header short_file = sound().header;
    assert_int_equal(elf_check_header(&short_file, 63), ERROR_NOT_PROGRAM);
}

static void a_wrong_segment_is_refused(void **state)
{
    (void)state;
    REFUSED(p.segments[1].flags = 7); /* writable and executable */
    REFUSED(p.segments[1].flags = 1); /* not readable */
    REFUSED(p.segments[1].file_size = 0x901);
    REFUSED(p.segments[1].offset = FILE_SIZE);
    REFUSED(p.segments[1].offset = ~0ul << 12);
    REFUSED(p.segments[1].alignment = 0x3000);
    REFUSED(p.segments[1].offset = 0x1010); /* differs from the address modulo the alignment */
    REFUSED(p.segments[1].memory_size = 0; p.segments[1].file_size = 0);
    REFUSED(p.segments[1].memory_size = 0x1001); /* reaches into the page of the next */
    REFUSED(p.segments[2].memory_size = ~0ul);
    REFUSED(p.segments[2].memory_size = HEAP_BASE);
    REFUSED(p.segments[2].address = BASE); /* not in ascending order */
    REFUSED(p.segments[0].address = 0);
    REFUSED(p.segments[0].address = PROGRAM_BASE - 0x1000);
    REFUSED(p.segments[2].address = 0xffffffff80000000);
    REFUSED(p.segments[2].address = STARTUP_ADDRESS + 0x10);
}

static void a_segment_that_no_memory_can_hold_is_too_large(void **state)
{
    (void)state;
    struct program program = sound();
    struct elf_image image;
    program.segments[2].address = STARTUP_ADDRESS + 0x1000010;
    program.segments[2].memory_size = (MAX_MEMORY_PAGES + 1) * PAGE_SIZE;
    assert_int_equal(check(&program, &image), ERROR_NO_MEMORY);
    program.segments[2].address = STARTUP_ADDRESS - 0x1ff0;
    program.segments[2].memory_size = 0x2000;
    assert_int_equal(check(&program, &image), ERROR_NO_MEMORY);
}

/* ---- a real program, damaged ---- */

static void check_segment(const struct elf_segment *segment, uint64_t file_size)
{
    wide end = (wide)segment->address + (wide)segment->pages * PAGE_SIZE;
    assert_true(segment->address % PAGE_SIZE == 0 && segment->address >= PROGRAM_BASE && end <= HEAP_BASE);
    assert_true(segment->pages > 0 && segment->pages <= MAX_MEMORY_PAGES);
    assert_true((wide)segment->skip + segment->size <= (wide)segment->pages * PAGE_SIZE);
    assert_true((wide)segment->offset + segment->size <= file_size);
    assert_true(end <= STARTUP_ADDRESS || segment->address >= STARTUP_ADDRESS + STARTUP_PAGES * PAGE_SIZE);
    assert_true(segment->rights & RIGHT_READ);
    assert_false((segment->rights & RIGHT_WRITE) && (segment->rights & RIGHT_EXECUTE));
}

static void check_image(const struct elf_image *image, uint64_t file_size)
{
    bool entry_found = false;
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        check_segment(segment, file_size);
        uint64_t end = segment->address + segment->pages * PAGE_SIZE;
        if (i + 1 < image->segment_count)
            assert_true(end <= image->segments[i + 1].address);
        if (image->entry >= segment->address && image->entry < end)
            entry_found = segment->rights & RIGHT_EXECUTE;
    }
    assert_true(entry_found);
}

/* A number that is likely to be near a border of something. */
static uint64_t nasty(void)
{
    static const uint64_t borders[] = {0, 1, PAGE_SIZE, PROGRAM_BASE, STARTUP_ADDRESS, HEAP_BASE, 1ul << 32, 1ul << 63};
    uint64_t border = borders[(unsigned)rand() % 8];
    return rand() % 2 ? border + (uint64_t)(rand() % 3) - 1 : border - (uint64_t)rand();
}

static void damage(unsigned char *bytes, uint64_t size)
{
    for (int i = rand() % 4; i >= 0; i--) {
        uint64_t at = (unsigned)rand() % size;
        uint64_t value = nasty();
        if (rand() % 2)
            bytes[at] = (unsigned char)rand();
        else if (at / 8 * 8 + 8 <= size)
            memcpy(bytes + at / 8 * 8, &value, 8);
    }
}

static uint64_t read_file(unsigned char **bytes)
{
    FILE *file = fopen(real_path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    uint64_t size = (uint64_t)ftell(file);
    rewind(file);
    *bytes = malloc(size);
    assert_int_equal(fread(*bytes, 1, size, file), size);
    fclose(file);
    return size;
}

/* One file, as the loader reads it: the table in a block of exactly its size, so that the sanitizer sees every slip. */
static int check_file(const unsigned char *bytes, uint64_t size, struct elf_image *image)
{
    struct elf_header header;
    memcpy(&header, bytes, sizeof(header));
    int error = elf_check_header(&header, size);
    if (error != 0)
        return error;
    uint64_t table_size = header.program_header_count * sizeof(struct elf_program_header);
    struct elf_program_header *table = malloc(table_size);
    memcpy(table, bytes + header.program_headers, table_size);
    error = elf_check(&header, table, size, image);
    free(table);
    return error;
}

static void a_damaged_program_keeps_the_rules_or_is_refused(void **state)
{
    (void)state;
    unsigned char *original;
    unsigned accepted = 0, refused = 0;
    uint64_t size = read_file(&original), head = size < 512 ? size : 512;
    unsigned char *bytes = malloc(size);
    struct elf_image image;
    assert_int_equal(check_file(original, size, &image), 0);
    srand(1);
    for (unsigned long i = 0; i < mutations; i++) {
        memcpy(bytes, original, size);
        damage(bytes, head);
        int error = check_file(bytes, size, &image);
        assert_true(error == 0 || error == ERROR_NOT_PROGRAM || error == ERROR_NO_MEMORY);
        if (error == 0)
            check_image(&image, size);
        accepted += error == 0;
        refused += error != 0;
    }
    printf("%u accepted, %u refused\n", accepted, refused);
    assert_true(accepted > 0 && refused > 0);
    free(original);
    free(bytes);
}

int main(int count, char **arguments)
{
    assert_int_equal(count, 3);
    real_path = arguments[1];
    mutations = strtoul(arguments[2], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_program_becomes_segments),
        cmocka_unit_test(a_wrong_header_is_refused),
        cmocka_unit_test(a_wrong_segment_is_refused),
        cmocka_unit_test(a_segment_that_no_memory_can_hold_is_too_large),
        cmocka_unit_test(a_damaged_program_keeps_the_rules_or_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
