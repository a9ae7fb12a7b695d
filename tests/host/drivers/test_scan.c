/*
 * Enumeration against a played configuration space: bridges, BARs of all kinds, and devices that write nonsense.
 */
#include "servers/pci/function.h"
#include "servers/pci/msix.h"
#include "servers/pci/scan.h"
#include "tests/host/drivers/unit.h"
#include <string.h>

#define PLAYED 8

/* A played function: what each double word holds, and which of its bits can be written. */
static struct played {
    struct pci_address address;
    uint32_t words[CONFIG_SIZE / 4], writable[CONFIG_SIZE / 4];
} played[PLAYED];
static unsigned played_count, accesses, writes, silenced;
static struct pci_bus bus;

static struct played *find(struct pci_address address)
{
    accesses++;
    for (unsigned i = 0; i < played_count; i++) {
        if (memcmp(&played[i].address, &address, sizeof(address)) == 0)
            return &played[i];
    }
    return 0;
}

uint32_t config_read(struct pci_address address, unsigned offset)
{
    const struct played *function = find(address);
    assert_int_equal(offset % 4, 0);
    assert_in_range(offset, 0, CONFIG_SIZE - 4);
    return function ? function->words[offset / 4] : CONFIG_ABSENT;
}

void config_write(struct pci_address address, unsigned offset, uint32_t value)
{
    struct played *function = find(address);
    writes++;
    assert_non_null(function);
    bool is_bar = offset >= CONFIG_BAR && offset < CONFIG_BAR + 4 * PCI_BARS;
    assert_false(is_bar && function->words[CONFIG_COMMAND / 4] & COMMAND_MEMORY && value == 0xffffffff);
    uint32_t writable = function->writable[offset / 4];
    function->words[offset / 4] = (function->words[offset / 4] & ~writable) | (value & writable);
}

void msix_find(struct pci_function *function)
{
    (void)function;
}

void msix_silence(const struct pci_function *function)
{
    (void)function;
    silenced++;
}

static int start(void **state)
{
    (void)state;
    memset(played, 0, sizeof(played));
    played_count = accesses = writes = silenced = 0;
    return 0;
}

static struct played *play(uint8_t number, uint8_t slot, uint8_t function, uint32_t id)
{
    struct played *added = &played[played_count++];
    added->address = (struct pci_address){number, slot, function};
    added->words[CONFIG_ID / 4] = id;
    added->words[CONFIG_COMMAND / 4] = COMMAND_MEMORY;
    added->writable[CONFIG_COMMAND / 4] = 0xffff;
    return added;
}

static void play_bar(struct played *function, unsigned index, uint32_t value, uint32_t size)
{
    function->words[CONFIG_BAR / 4 + index] = value;
    function->writable[CONFIG_BAR / 4 + index] = ~(size - 1);
}

static void play_bridge(uint8_t number, uint8_t slot, uint8_t secondary)
{
    struct played *bridge = play(number, slot, 0, 0x12345678);
    bridge->words[CONFIG_HEADER / 4] = 1 << 16;
    bridge->words[CONFIG_BUSES / 4] = (uint32_t)secondary << 8;
}

static void bars_are_measured_and_left_as_they_were(void **state)
{
    (void)state;
    struct played *device = play(0, 3, 0, 0x10421af4);
    play_bar(device, 0, 0xc001, 0x20); /* ports */
    play_bar(device, 1, 0xfebd1000, 0x1000);
    play_bar(device, 4, 0x0000000c, 0x4000); /* 64 bits, prefetchable */
    play_bar(device, 5, 0x00000080, 1);
    pci_scan(&bus, true);
    assert_int_equal(bus.count, 1);
    const struct pci_function *function = &bus.functions[0];
    assert_int_equal(function->vendor, 0x1af4);
    assert_int_equal(function->device, 0x1042);
    assert_int_equal(function->bars[0].size, 0);
    assert_int_equal(function->bars[1].address, 0xfebd1000);
    assert_int_equal(function->bars[1].size, 0x1000);
    assert_int_equal(function->bars[4].address, 0x8000000000ul);
    assert_int_equal(function->bars[4].size, 0x4000);
    assert_int_equal(function->bars[5].size, 0);
    assert_int_equal(device->words[CONFIG_BAR / 4 + 1], 0xfebd1000);
    assert_int_equal(device->words[CONFIG_BAR / 4 + 4], 0xc);
    assert_int_equal(device->words[CONFIG_COMMAND / 4], COMMAND_MEMORY);
}

static void buses_behind_bridges_are_found_and_loops_end(void **state)
{
    (void)state;
    play_bridge(0, 1, 5);
    play_bridge(5, 0, 9);
    play_bridge(5, 1, 0); /* back to the start */
    play_bridge(9, 31, 9);
    play(9, 2, 0, 0x0001abcd)->words[CONFIG_HEADER / 4] = 1 << 23;
    play(9, 2, 7, 0x0002abcd);
    play(5, 3, 1, 0x0003abcd); /* no function 0: not there */
    pci_scan(&bus, true);
    assert_int_equal(bus.count, 6);
    assert_int_equal(bus.functions[3].device, 1);
    assert_int_equal(bus.functions[4].address.function, 7);
    assert_in_range(accesses, 1, 2000);
}

static void a_bar_without_an_address_gets_one(void **state)
{
    (void)state;
    play_bar(play(0, 1, 0, 0x00010001), 0, 0xfea00000, 0x10000);
    struct played *device = play(0, 2, 0, 0x00020001);
    play_bar(device, 0, 0, 0x4000);
    play_bar(device, 1, 0, 0x80000000); /* too large for the window */
    play_bridge(0, 3, 1);
    play_bar(play(1, 0, 0, 0x00030001), 0, 0, 0x1000);
    pci_scan(&bus, true);
    assert_int_equal(bus.functions[1].bars[0].address, 0xfe9fc000);
    assert_int_equal(device->words[CONFIG_BAR / 4], 0xfe9fc000);
    assert_int_equal(bus.functions[1].bars[1].size, 0);
    assert_int_equal(bus.functions[3].bars[0].size, 0);
}

static void capabilities_that_point_nowhere_end(void **state)
{
    (void)state;
    struct played *device = play(0, 1, 0, 0x00010001);
    device->words[CONFIG_COMMAND / 4] |= STATUS_CAPABILITIES;
    device->words[CONFIG_CAPABILITIES / 4] = 0x40;
    device->words[0x40 / 4] = 0x00005009;
    device->words[0x50 / 4] = 0x00004005; /* a loop */
    pci_scan(&bus, true);
    assert_int_equal(function_capability(&bus.functions[0], 9, 0), 0x40);
    assert_int_equal(function_capability(&bus.functions[0], 5, 0), 0x50);
    assert_int_equal(function_capability(&bus.functions[0], 17, 0), 0);
    device->words[0x40 / 4] = 0x0000fc09;
    device->words[0xfc / 4] = 0x00000c09; /* into the header */
    assert_int_equal(function_capability(&bus.functions[0], 9, 1), 0xfc);
    assert_int_equal(function_capability(&bus.functions[0], 9, 2), 0);
}

/* A table of two devices and a bridge between them. */
static void scan_three(void)
{
    play_bar(play(0, 1, 0, 0x00010001), 0, 0xfea00000, 0x10000);
    play_bridge(0, 3, 1);
    struct played *device = play(1, 0, 0, 0x00030001);
    play_bar(device, 0, 0xfe900004, 0x4000); /* 64 bits */
    play_bar(device, 1, 0, 1);
    play_bar(device, 4, 0, 0x1000); /* without an address, behind a bridge */
    pci_scan(&bus, true);
    assert_int_equal(bus.count, 3);
    assert_int_equal(silenced, 3);
}

static void what_a_predecessor_knew_is_confirmed_without_a_write(void **state)
{
    (void)state;
    scan_three();
    writes = 0;
    assert_true(pci_scan_confirms(&bus));
    assert_int_equal(writes, 0);
    pci_scan(&bus, false);
    assert_int_equal(silenced, 3);
}

static void what_the_bus_contradicts_is_not_confirmed(void **state)
{
    (void)state;
    scan_three();
    const struct pci_bus good = bus;
    unsigned noticed = 0, bits = 0;
    for (unsigned word = 0; word < sizeof(uint64_t) + 3 * sizeof(struct pci_function); word += sizeof(uint64_t)) {
        for (unsigned bit = 0; bit < 64; bit++, bits++) {
            *(uint64_t *)((char *)&bus + word) ^= 1ul << bit;
            noticed += !pci_scan_confirms(&bus);
            bus = good;
        }
    }
    assert_int_equal(noticed, bits);            /* all of the record, even what fills it up */
    bus.functions[0].bars[0].size = 0x20000000; /* the address is not aligned to it */
    assert_false(pci_scan_confirms(&bus));
    bus = good;
    play(0, 9, 0, 0x00040001); /* not in the table */
    assert_false(pci_scan_confirms(&bus));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bars_are_measured_and_left_as_they_were, start),
        cmocka_unit_test_setup(buses_behind_bridges_are_found_and_loops_end, start),
        cmocka_unit_test_setup(a_bar_without_an_address_gets_one, start),
        cmocka_unit_test_setup(capabilities_that_point_nowhere_end, start),
        cmocka_unit_test_setup(what_a_predecessor_knew_is_confirmed_without_a_write, start),
        cmocka_unit_test_setup(what_the_bus_contradicts_is_not_confirmed, start),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
