/*
 * Finding the disk: the PCI server gives us its BARs and its interrupt; vendor capabilities say what lies where.
 */
#include "servers/block/registers.h"
#include "servers/block/virtio.h"
#include "servers/proto/error.h"
#include "servers/proto/pci.h"
#include "user/lib/ipc.h"
#include "user/lib/memory.h"
#include "user/lib/time.h"

#define VENDOR_VIRTIO       0x1af4
#define DEVICE_MODERN       0x1042
#define DEVICE_TRANSITIONAL 0x1001
#define BARS                6
#define MOST_CAPABILITIES   32
#define PATIENCE            (30 * SECOND) /* for one answer of the PCI server */
#define ATTEMPTS            5             /* while the PCI server is being restarted */

/* The BARs mapped so far. */
static struct {
    volatile uint8_t *address;
    uint64_t size;
} bars[BARS];

/* One question to the PCI server; every one may be repeated. Takes up to three words and one capability back. */
static int ask(handle_t server, struct message *m, uint32_t label, const uint64_t words[3])
{
    int status = E_SERVER_DIED;
    for (unsigned i = 0; i < ATTEMPTS && status == E_SERVER_DIED; i++) {
        *m = message(label);
        for (unsigned j = 0; j < 3; j++)
            m->words[j] = words[j];
        m->word_count = 3;
        m->accept = 1;
        status = ipc_request(server, m, clock_nanoseconds() + PATIENCE);
    }
    return status;
}

static int map_bar(handle_t device, unsigned index)
{
    struct message m;
    if (bars[index].address)
        return OK;
    int status = ask(device, &m, PCI_BAR, (uint64_t[3]){index});
    if (status != OK)
        return status;
    uint64_t pages = (m.words[0] + PAGE_SIZE - 1) / PAGE_SIZE;
    bars[index].address = pages_map(message_taken(&m, 0), pages, RIGHT_READ | RIGHT_WRITE);
    bars[index].size = m.words[0];
    return bars[index].address ? OK : ERROR_NO_MEMORY;
}

/* The registers that a capability places, mapped; 0 if it contradicts itself or they are shorter than `least`. */
static volatile void *place(handle_t device, const uint64_t *capability, uint64_t least)
{
    unsigned bar = capability[PLACE_BAR] & 0xff;
    uint64_t offset = capability[PLACE_OFFSET], length = capability[PLACE_LENGTH];
    if (bar >= BARS || length < least || offset % 4 != 0 || map_bar(device, bar) != OK)
        return 0;
    return length <= bars[bar].size && offset <= bars[bar].size - length ? bars[bar].address + offset : 0;
}

/* The first capability of each kind counts. */
static void use_capability(struct virtio *virtio, handle_t device, const uint64_t *capability)
{
    unsigned kind = capability[PLACE_HEAD] >> 24 & 0xff;
    if (kind == KIND_COMMON && !virtio->registers) {
        virtio->registers = place(device, capability, sizeof(struct virtio_registers));
    } else if (kind == KIND_DEVICE && !virtio->configuration) {
        virtio->configuration = place(device, capability, sizeof(struct virtio_configuration));
    } else if (kind == KIND_NOTIFY && !virtio->notifications) {
        virtio->notifications = place(device, capability, sizeof(uint16_t));
        virtio->notifications_size = capability[PLACE_LENGTH];
        virtio->notify_multiplier = (uint32_t)capability[PLACE_MULTIPLIER];
    }
}

static void find_registers(struct virtio *virtio, handle_t device)
{
    struct message m;
    for (unsigned i = 0; i < MOST_CAPABILITIES; i++) {
        if (ask(device, &m, PCI_CAPABILITY, (uint64_t[3]){i}) != OK)
            return;
        uint64_t capability[MESSAGE_REGISTER_WORDS];
        for (unsigned j = 0; j < MESSAGE_REGISTER_WORDS; j++)
            capability[j] = m.words[j];
        use_capability(virtio, device, capability);
    }
}

static int open_device(handle_t pci, handle_t *device)
{
    static const uint64_t models[] = {DEVICE_MODERN, DEVICE_TRANSITIONAL};
    struct message m;
    for (unsigned i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        if (ask(pci, &m, PCI_OPEN, (uint64_t[3]){VENDOR_VIRTIO, models[i], 0}) == OK && message_taken(&m, 0)) {
            *device = message_taken(&m, 0);
            return OK;
        }
    }
    return ERROR_NO_DEVICE;
}

int virtio_find(struct virtio *virtio, handle_t pci)
{
    struct message m;
    handle_t device;
    if (open_device(pci, &device) != OK)
        return ERROR_NO_DEVICE;
    find_registers(virtio, device);
    if (ask(device, &m, PCI_INTERRUPT, (uint64_t[3]){0}) == OK)
        virtio->irq = message_taken(&m, 0);
    sys_cap_delete(SELF, device);
    if (virtio->registers && virtio->configuration && virtio->notifications && virtio->irq)
        return OK;
    virtio->registers = 0;
    return ERROR_NO_DEVICE;
}
