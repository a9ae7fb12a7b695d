#include "servers/pci/scan.h"
#include "servers/pci/function.h"
#include "servers/pci/msix.h"
#include <string.h>

#define SLOTS         32u
#define FUNCTIONS     8u
#define HEADER_DEVICE 0
#define HEADER_BRIDGE 1
#define CLASS_BRIDGE  0x06

/* fields of a BAR */
enum { BAR_IO = 1 << 0, BAR_TYPE = 3 << 1, BAR_64 = 2 << 1, BAR_FLAGS = 0xf };

/* Where unassigned BARs may go: above both usual places of the chipset's memory-mapped configuration space. */
#define WINDOW_START 0xf0000000ul
#define WINDOW_END   0xfec00000ul

/* Buses still to be looked at; a bus enters the list at most once, so bridges in a loop end. */
static struct {
    uint8_t list[256];
    bool seen[256];
    unsigned count;
} buses;

static void add_bus(uint8_t bus)
{
    if (!buses.seen[bus]) {
        buses.seen[bus] = true;
        buses.list[buses.count++] = bus;
    }
}

static void clear_memory_decoding(const struct pci_function *function, uint32_t command)
{
    config_write(function->address, CONFIG_COMMAND, command & 0xffff & ~(uint32_t)(COMMAND_IO | COMMAND_MEMORY));
}

/* What the double word at `offset` keeps of all ones: its writable bits. Decoding must be off. */
static uint32_t writable_bits(const struct pci_function *function, unsigned offset)
{
    uint32_t old = config_read(function->address, offset);
    config_write(function->address, offset, 0xffffffff);
    uint32_t kept = config_read(function->address, offset);
    config_write(function->address, offset, old);
    return kept;
}

/* The address in a memory BAR, 0 if it has none; *words: how many double words the BAR takes. */
static uint64_t bar_address(const struct pci_function *function, unsigned index, unsigned *words)
{
    unsigned offset = CONFIG_BAR + 4 * index;
    uint32_t low = config_read(function->address, offset);
    *words = 1;
    if (low & BAR_IO)
        return 0;
    uint64_t address = low & ~(uint32_t)BAR_FLAGS;
    if ((low & BAR_TYPE) != BAR_64)
        return address;
    *words = 2;
    return index + 1 == PCI_BARS ? address : address | (uint64_t)config_read(function->address, offset + 4) << 32;
}

/* Measures one BAR; returns how many double words it takes. Decoding must be off. */
static unsigned measure_bar(struct pci_function *function, unsigned index)
{
    unsigned offset = CONFIG_BAR + 4 * index, words;
    struct pci_bar *bar = &function->bars[index];
    uint64_t address = bar_address(function, index, &words);
    if (config_read(function->address, offset) & BAR_IO)
        return words;
    uint64_t mask = writable_bits(function, offset) & ~(uint32_t)BAR_FLAGS;
    if (mask == 0)
        return words;
    bar->address = address;
    if (words == 2 && index + 1 < PCI_BARS)
        mask |= (uint64_t)writable_bits(function, offset + 4) << 32;
    else
        mask |= ~0ul << 32;
    bar->size = ~mask + 1;
    return words;
}

/* BARs that the kind of header has; other headers are for CardBus and have none that matter here. */
static unsigned bar_count(const struct pci_function *function)
{
    uint32_t kind = config_read(function->address, CONFIG_HEADER) >> 16 & 0x7f;
    return kind == HEADER_DEVICE ? PCI_BARS : kind == HEADER_BRIDGE ? 2 : 0;
}

static void measure_bars(struct pci_function *function)
{
    uint32_t command = config_read(function->address, CONFIG_COMMAND);
    unsigned count = bar_count(function);
    clear_memory_decoding(function, command);
    for (unsigned index = 0; index < count;)
        index += measure_bar(function, index);
    config_write(function->address, CONFIG_COMMAND, command & 0xffff);
}

static void add_function(struct pci_bus *bus, struct pci_address address, uint32_t id, uint32_t header)
{
    if (bus->count == PCI_FUNCTIONS)
        return;
    struct pci_function *function = &bus->functions[bus->count++];
    function->address = address;
    function->vendor = (uint16_t)id;
    function->device = (uint16_t)(id >> 16);
    function->class_code = (uint16_t)(config_read(address, CONFIG_CLASS) >> 16);
    function->bridge = (header >> 16 & 0x7f) == HEADER_BRIDGE;
    if (function->bridge)
        add_bus((uint8_t)(config_read(address, CONFIG_BUSES) >> 8));
}

static void scan_slot(struct pci_bus *bus, uint8_t number, uint8_t slot)
{
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        struct pci_address address = {number, slot, (uint8_t)i};
        uint32_t id = config_read(address, CONFIG_ID);
        uint32_t header = id == CONFIG_ABSENT ? 0 : config_read(address, CONFIG_HEADER);
        if (id != CONFIG_ABSENT)
            add_function(bus, address, id, header);
        if (i == 0 && !(header >> 16 & 0x80))
            return;
    }
}

/* The lowest address in the window that the firmware gave to a BAR or to the devices behind a bridge. */
static uint64_t lowest_used(const struct pci_bus *bus)
{
    uint64_t lowest = WINDOW_END;
    for (unsigned i = 0; i < bus->count; i++) {
        const struct pci_function *function = &bus->functions[i];
        for (unsigned j = 0; j < PCI_BARS; j++) {
            const struct pci_bar *bar = &function->bars[j];
            if (bar->size > 0 && bar->address >= WINDOW_START && bar->address < lowest)
                lowest = bar->address;
        }
        uint64_t window = function->bridge ? (config_read(function->address, CONFIG_WINDOW) & 0xfff0ul) << 16 : 0;
        if (window >= WINDOW_START && window < lowest)
            lowest = window;
    }
    return lowest;
}

/* Gives a BAR without an address one below `lowest`, or takes it off the list. Returns the new lowest address. */
static uint64_t place_bar(struct pci_function *function, unsigned index, uint64_t lowest)
{
    struct pci_bar *bar = &function->bars[index];
    uint64_t address = bar->size < lowest ? (lowest - bar->size) & ~(bar->size - 1) : 0;
    bool power_of_two = (bar->size & (bar->size - 1)) == 0;
    if (function->address.bus != 0 || !power_of_two || address < WINDOW_START) {
        bar->size = 0;
        return lowest;
    }
    bar->address = address;
    config_write(function->address, CONFIG_BAR + 4 * index, (uint32_t)address); /* the upper half is zero already */
    return address;
}

static void place_bars(struct pci_bus *bus)
{
    uint64_t lowest = lowest_used(bus);
    for (unsigned i = 0; i < bus->count; i++) {
        for (unsigned j = 0; j < PCI_BARS; j++) {
            if (bus->functions[i].bars[j].size > 0 && bus->functions[i].bars[j].address == 0)
                lowest = place_bar(&bus->functions[i], j, lowest);
        }
    }
}

/* Finds out who is there. Only reads. */
static void enumerate(struct pci_bus *bus)
{
    memset(bus, 0, sizeof(*bus));
    memset(&buses, 0, sizeof(buses));
    add_bus(0);
    for (unsigned next = 0; next < buses.count; next++) {
        for (unsigned slot = 0; slot < SLOTS; slot++)
            scan_slot(bus, buses.list[next], (uint8_t)slot);
    }
}

void pci_scan(struct pci_bus *bus, bool silence)
{
    enumerate(bus);
    for (unsigned i = 0; i < bus->count; i++)
        measure_bars(&bus->functions[i]);
    place_bars(bus);
    for (unsigned i = 0; i < bus->count; i++) {
        msix_find(&bus->functions[i]);
        if (silence)
            msix_silence(&bus->functions[i]);
    }
}

/* ---- what a predecessor knew ---- */

/* Does each BAR that has a size lie where the device says, and no other anywhere? */
static bool bars_are_confirmed(const struct pci_function *function)
{
    uint64_t addresses[PCI_BARS] = {0};
    unsigned count = bar_count(function), words;
    for (unsigned index = 0; index < count; index += words)
        addresses[index] = bar_address(function, index, &words);
    for (unsigned index = 0; index < PCI_BARS; index++) {
        const struct pci_bar *bar = &function->bars[index];
        bool is_power_of_two = (bar->size & (bar->size - 1)) == 0;
        if (bar->address != addresses[index] || (bar->address == 0) != (bar->size == 0) || !is_power_of_two ||
            (bar->address & (bar->size - 1)) != 0)
            return false;
    }
    return true;
}

bool pci_scan_confirms(const struct pci_bus *bus)
{
    static struct pci_bus now;
    enumerate(&now);
    bool same = bus->count == now.count;
    for (unsigned i = 0; i < now.count && same; i++) {
        struct pci_function *function = &now.functions[i];
        memcpy(function->bars, bus->functions[i].bars, sizeof(function->bars));
        msix_find(function);
        same = memcmp(function, &bus->functions[i], sizeof(*function)) == 0 && bars_are_confirmed(function);
    }
    return same;
}
