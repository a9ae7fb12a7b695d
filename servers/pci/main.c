/*
 * The PCI server (servers/proto/pci.h): gives each driver what belongs to its device, and nothing else.
 *
 * The badge of a request says what it may touch: 0 in the upper half is the bus itself (enum pci_badge), else one
 * function, whose capability was the answer to an OPEN. The badge is the function's address, so that a successor of
 * this server understands the capabilities that are out. What is cut from this process's roots for a driver (Memory of
 * BARs, Irqs) moves to the driver, and so ends with that one, not with this one. What the bus looks like is kept
 * (bus.h).
 *
 * Every operation gives the same answer when repeated.
 */
#include "servers/pci/bus.h"
#include "servers/pci/function.h"
#include "servers/pci/msix.h"
#include "servers/proto/error.h"
#include "servers/proto/pci.h"
#include "user/lib/fail_stop.h"
#include "user/lib/heartbeat.h"
#include "user/lib/ipc.h"
#include "user/lib/startup.h"
#include <stdlib.h>

#define BADGE_DEVICE      (1ul << 32)
#define CAPABILITY_VENDOR 9
#define CAPABILITY_WORDS  6

static handle_t endpoint, device_memory;
static handle_t names[PCI_FUNCTIONS]; /* of functions, for drivers; 0 until asked for */
static handle_t given;                /* moved to the client with the last answer, or still here if nobody took it */

static uint64_t function_badge(const struct pci_function *function)
{
    struct pci_address address = function->address;
    return BADGE_DEVICE | (uint64_t)address.bus << 16 | (uint64_t)address.slot << 8 | address.function;
}

/* The function whose badge this is, 0 if there is none (any more). */
static const struct pci_function *function_of(uint64_t badge)
{
    for (unsigned i = 0; i < pci_bus->count; i++) {
        if (function_badge(&pci_bus->functions[i]) == badge)
            return &pci_bus->functions[i];
    }
    return 0;
}

/* Minted once and copied to all who open: a client that ends before it has the answer leaves nothing behind. */
static int give_function(struct message *m, const struct pci_function *function)
{
    handle_t *name = &names[bus_index(function)];
    if (!*name &&
        sys_cap_mint(SELF, endpoint, SELF, RIGHT_SEND | RIGHT_GIVE, function_badge(function), 0, name) != OK) {
        *name = 0;
        return ERROR_NO_MEMORY;
    }
    function_enable(function, COMMAND_MEMORY | COMMAND_MASTER);
    m->word_count = 0;
    message_give(m, *name, 0);
    return OK;
}

static int operation_open(struct message *m)
{
    uint64_t vendor = m->words[0], device = m->words[1], index = m->words[2];
    if (m->word_count < 3)
        return ERROR_MALFORMED;
    for (unsigned i = 0; i < pci_bus->count; i++) {
        const struct pci_function *function = &pci_bus->functions[i];
        if (function->vendor == vendor && function->device == device && !function->bridge && index-- == 0)
            return give_function(m, function);
    }
    return ERROR_NOT_FOUND;
}

/* Does a page of this BAR also belong to another one? Then neither can be given out. */
static bool shares_page(const struct pci_bar *bar)
{
    uint64_t first = bar->address / PAGE_SIZE, last = (bar->address + bar->size - 1) / PAGE_SIZE;
    for (unsigned i = 0; i < pci_bus->count; i++) {
        for (unsigned j = 0; j < PCI_BARS; j++) {
            const struct pci_bar *other = &pci_bus->functions[i].bars[j];
            if (other != bar && other->size > 0 && other->address / PAGE_SIZE <= last &&
                (other->address + other->size - 1) / PAGE_SIZE >= first)
                return true;
        }
    }
    return false;
}

static int operation_bar(struct message *m, const struct pci_function *function)
{
    if (m->word_count < 1 || m->words[0] >= PCI_BARS)
        return ERROR_MALFORMED;
    const struct pci_bar *bar = &function->bars[m->words[0]];
    if (bar->size == 0)
        return ERROR_NOT_FOUND;
    bool holds_table = function->msix.entries > 0 && function->msix.bar == m->words[0];
    if (holds_table || bar->address % PAGE_SIZE != 0 || shares_page(bar))
        return ERROR_PERMISSION;
    uint64_t pages = (bar->size + PAGE_SIZE - 1) / PAGE_SIZE;
    if (sys_memory_device(device_memory, bar->address, pages, 0, &given) != OK)
        return ERROR_NO_MEMORY;
    m->words[0] = bar->size;
    m->word_count = 1;
    message_give(m, given, 1);
    return OK;
}

static int operation_capability(struct message *m, const struct pci_function *function)
{
    if (m->word_count < 1 || m->words[0] >= CONFIG_SIZE)
        return ERROR_MALFORMED;
    unsigned offset = function_capability(function, CAPABILITY_VENDOR, (unsigned)m->words[0]);
    if (offset == 0)
        return ERROR_NOT_FOUND;
    for (unsigned i = 0; i < CAPABILITY_WORDS; i++)
        m->words[i] = offset + 4 * i < CONFIG_SIZE ? config_read(function->address, offset + 4 * i) : 0;
    m->word_count = CAPABILITY_WORDS;
    return OK;
}

static int operation_interrupt(struct message *m, const struct pci_function *function)
{
    if (m->word_count < 1)
        return ERROR_MALFORMED;
    int status = msix_bind(function, m->words[0], &given);
    m->word_count = 0;
    if (status == OK)
        message_give(m, given, 1);
    return status;
}

static struct pci_record record(const struct pci_function *function)
{
    return (struct pci_record){.bus = function->address.bus,
                               .slot = function->address.slot,
                               .function = function->address.function,
                               .vendor = function->vendor,
                               .device = function->device,
                               .class_code = function->class_code};
}

/* A record goes out as the bus confirms it. */
static void check_record(const struct pci_record *record)
{
    struct pci_address address = {(uint8_t)record->bus, (uint8_t)record->slot, (uint8_t)record->function};
    fail_stop_unless(config_read(address, CONFIG_ID) == ((uint32_t)record->device << 16 | record->vendor) &&
                     config_read(address, CONFIG_CLASS) >> 16 == record->class_code);
}

static int operation_list(struct message *m)
{
    const struct lease *lease = &message_page()->leases[0];
    if (m->word_count < 1 || m->lease_count < 1 || !(lease->access & LEASE_WRITE) || m->words[0] > lease->length)
        return ERROR_MALFORMED;
    uint64_t count = m->words[0] / sizeof(struct pci_record), copied;
    if (count > pci_bus->count)
        count = pci_bus->count;
    for (unsigned i = 0; i < count; i++) {
        struct pci_record entry = record(&pci_bus->functions[i]);
        check_record(&entry);
        if (sys_lease_write(m->token, 0, i * sizeof(entry), &entry, sizeof(entry), &copied) != OK)
            return ERROR_MALFORMED;
    }
    m->words[0] = count;
    m->word_count = 1;
    return OK;
}

static int dispatch_device(struct message *m, const struct pci_function *function)
{
    switch (m->label) {
    case PCI_BAR:
        return operation_bar(m, function);
    case PCI_CAPABILITY:
        return operation_capability(m, function);
    case PCI_INTERRUPT:
        return operation_interrupt(m, function);
    default:
        return ERROR_OPERATION;
    }
}

static int dispatch(struct message *m)
{
    if (m->badge & BADGE_DEVICE) {
        const struct pci_function *function = function_of(m->badge);
        return function ? dispatch_device(m, function) : ERROR_STALE;
    }
    switch (m->label) {
    case PCI_OPEN:
        return m->badge == PCI_BADGE_BUS ? operation_open(m) : ERROR_PERMISSION;
    case PCI_LIST:
        return operation_list(m);
    default:
        return ERROR_OPERATION;
    }
}

/* Turns a request into its answer. The counts of capabilities and leases that came must not go back with it. An error
 * changes nothing, so it is tried again: perhaps the fault was ours. */
static void answer(struct message *m)
{
    m->capability_count = 0;
    const struct message again = *m; /* damage to one leaves the other */
    int status = dispatch(m);
    if (status != OK) {
        *m = again;
        status = dispatch(m);
    }
    m->label = (uint32_t)status;
    m->lease_count = 0;
    if (status != OK)
        m->word_count = m->capability_count = 0;
}

int main(void)
{
    endpoint = startup_capability("pci");
    device_memory = startup_capability("device_memory");
    config_open(startup_capability("configuration"));
    msix_open(startup_capability("irqs"), device_memory);
    if (!bus_open())
        return EXIT_FAILURE;
    struct message m = {0};
    int status;
    while ((status = ipc_reply_recv(endpoint, &m, DEADLINE_FOREVER)) == OK) {
        if (given)
            sys_cap_delete(SELF, given);
        given = 0;
        if (m.arrival == ARRIVAL_SIGNAL)
            heartbeat_owing(0);
        if (m.token)
            answer(&m);
        else
            m = message(0);
    }
    return status;
}
