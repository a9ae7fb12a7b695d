/*
 * The directory of fw_cfg files: found, not found, cut off, and nonsense.
 */
#include "servers/console/firmware.h"
#include "tests/host/drivers/unit.h"
#include <string.h>

struct source {
    uint8_t bytes[1024];
    unsigned length, position;
};

static uint8_t next_byte(void *context)
{
    struct source *source = context;
    unsigned position = source->position++;
    return position < source->length ? source->bytes[position] : 0;
}

static void add_number(struct source *source, uint32_t value, unsigned bytes)
{
    while (bytes-- > 0)
        source->bytes[source->length++] = (uint8_t)(value >> 8 * bytes);
}

static void add_entry(struct source *source, uint32_t size, uint16_t selector, const char *name)
{
    add_number(source, size, 4);
    add_number(source, selector, 2);
    add_number(source, 0, 2);
    memcpy(source->bytes + source->length, name, strlen(name));
    source->length += 56;
}

static void a_file_is_found_by_its_whole_name(void **state)
{
    (void)state;
    struct source source = {0};
    struct firmware_file file;
    add_number(&source, 3, 4);
    add_entry(&source, 7, 0x20, "opt/atelier/comm");
    add_entry(&source, 0x12345, 0x21, "opt/atelier/command");
    add_entry(&source, 9, 0x22, "opt/atelier/command2");
    assert_true(firmware_find(next_byte, &source, "opt/atelier/command", &file));
    assert_int_equal(file.selector, 0x21);
    assert_int_equal(file.size, 0x12345);
    source.position = 0;
    assert_false(firmware_find(next_byte, &source, "opt/atelier", &file));
}

static void nonsense_ends(void **state)
{
    (void)state;
    struct source source = {.bytes = {0xff, 0xff, 0xff, 0xff}, .length = 4};
    struct firmware_file file;
    assert_false(firmware_find(next_byte, &source, "x", &file));
    assert_in_range(source.position, 0, 1000000);
    struct source unended = {0};
    add_number(&unended, 1, 4);
    memset(unended.bytes + 4, 'x', 64);
    unended.length = 68;
    assert_false(firmware_find(next_byte, &unended, "x", &file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_found_by_its_whole_name),
        cmocka_unit_test(nonsense_ends),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
