#include "servers/pci/bus.h"
#include "servers/pci/scan.h"
#include "user/lib/kept.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"

_Static_assert(sizeof(struct pci_bus) % sizeof(uint64_t) == 0, "a record of whole words");
#define PAGES_OF(bytes) (((bytes) + PAGE_SIZE - 1) / PAGE_SIZE)
#define KEPT_PAGES      PAGES_OF(sizeof(uint64_t[KEPT_WORDS(struct pci_bus)]))
#define BUS_PAGES       PAGES_OF(sizeof(struct pci_bus))

const struct pci_bus *pci_bus;

bool bus_open(void)
{
    handle_t kept = startup_capability("kept"), memory;
    uint64_t *place = kept ? pages_map(kept, KEPT_PAGES, RIGHT_READ | RIGHT_WRITE) : 0;
    if (sys_memory_create(SELF, BUS_PAGES, MEMORY_SHAREABLE, &memory) != OK)
        return false;
    struct pci_bus *bus = pages_map(memory, BUS_PAGES, RIGHT_READ | RIGHT_WRITE);
    if (!bus || !place)
        return false;
    if (!kept_load(place, bus, sizeof(*bus)) || !pci_scan_confirms(bus)) {
        pci_scan(bus, startup()->generation == 1);
        kept_store(place, bus, bus, sizeof(*bus));
    }
    pci_bus = bus;
    return sys_protect(SELF, kept, RIGHT_READ) == OK && sys_protect(SELF, memory, RIGHT_READ) == OK;
}
