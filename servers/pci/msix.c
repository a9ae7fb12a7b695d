#include "servers/pci/msix.h"
#include "servers/pci/bus.h"
#include "servers/proto/error.h"
#include "user/lib/memory.h"

#define CAPABILITY_MSIX 0x11

/* the capability's first double word, and its second */
#define MSIX_ENABLE (1u << 31)
#define MSIX_MASK   (1u << 30) /* all vectors */
#define TABLE_BAR   7u

/* an entry of the table, in double words */
enum { ENTRY_ADDRESS = 0, ENTRY_ADDRESS_HIGH = 1, ENTRY_DATA = 2, ENTRY_CONTROL = 3, ENTRY_WORDS = 4 };
#define ENTRY_MASKED 1u

static handle_t irqs, device_memory;
static volatile uint32_t *tables[PCI_FUNCTIONS]; /* mapped here, by function; 0 until asked for */

void msix_open(handle_t irq_root, handle_t memory_root)
{
    irqs = irq_root;
    device_memory = memory_root;
}

/* Sets and clears bits of the control register, the only writable part of its double word. */
static void control(const struct pci_function *function, uint32_t set, uint32_t clear)
{
    uint32_t value = config_read(function->address, function->msix.capability);
    config_write(function->address, function->msix.capability, (value | set) & ~clear);
}

void msix_find(struct pci_function *function)
{
    struct pci_msix *msix = &function->msix;
    msix->capability = function_capability(function, CAPABILITY_MSIX, 0);
    if (msix->capability == 0 || msix->capability + 8 > CONFIG_SIZE)
        return;
    uint32_t place = config_read(function->address, msix->capability + 4);
    msix->bar = place & TABLE_BAR;
    msix->offset = place & ~TABLE_BAR;
    unsigned entries = (config_read(function->address, msix->capability) >> 16 & 0x7ff) + 1;
    uint64_t bytes = entries * ENTRY_WORDS * 4ul;
    if (msix->bar < PCI_BARS && bytes <= function->bars[msix->bar].size &&
        msix->offset <= function->bars[msix->bar].size - bytes)
        msix->entries = entries;
}

void msix_silence(const struct pci_function *function)
{
    if (function->msix.capability != 0)
        control(function, MSIX_MASK, MSIX_ENABLE);
}

/* Maps the table. Unless a predecessor did so, masks every entry and turns MSI-X on. */
static int map_table(const struct pci_function *function, volatile uint32_t **table)
{
    const struct pci_msix *msix = &function->msix;
    uint64_t start = function->bars[msix->bar].address + msix->offset;
    uint64_t pages = (start % PAGE_SIZE + msix->entries * ENTRY_WORDS * 4ul + PAGE_SIZE - 1) / PAGE_SIZE;
    handle_t memory;
    if (sys_memory_device(device_memory, start & ~(PAGE_SIZE - 1), pages, 0, &memory) != OK)
        return ERROR_NO_MEMORY;
    uint8_t *address = pages_map(memory, pages, RIGHT_READ | RIGHT_WRITE);
    if (!address) {
        sys_cap_delete(SELF, memory);
        return ERROR_NO_MEMORY;
    }
    *table = (volatile uint32_t *)(address + start % PAGE_SIZE);
    if (config_read(function->address, msix->capability) & MSIX_ENABLE)
        return OK; /* some of its vectors may be in use */
    function_enable(function, COMMAND_MEMORY | COMMAND_MASTER);
    control(function, MSIX_ENABLE | MSIX_MASK, 0);
    for (unsigned i = 0; i < msix->entries; i++)
        (*table)[i * ENTRY_WORDS + ENTRY_CONTROL] = ENTRY_MASKED;
    control(function, 0, MSIX_MASK);
    return OK;
}

static void program(volatile uint32_t *entry, uint64_t address, uint32_t data)
{
    entry[ENTRY_ADDRESS] = (uint32_t)address;
    entry[ENTRY_ADDRESS_HIGH] = (uint32_t)(address >> 32);
    entry[ENTRY_DATA] = data;
    entry[ENTRY_CONTROL] = 0;
}

int msix_bind(const struct pci_function *function, uint64_t vector, handle_t *irq)
{
    volatile uint32_t **table = &tables[bus_index(function)];
    uint64_t address;
    uint32_t data;
    if (vector >= function->msix.entries)
        return ERROR_NOT_FOUND;
    if (!*table && map_table(function, table) != OK)
        return ERROR_NO_MEMORY;
    volatile uint32_t *entry = *table + vector * ENTRY_WORDS;
    entry[ENTRY_CONTROL] = ENTRY_MASKED; /* the Irq of a former driver is no more */
    if (sys_irq_create_msi(irqs, irq, &address, &data) != OK)
        return ERROR_NO_MEMORY;
    program(entry, address, data);
    return OK;
}
