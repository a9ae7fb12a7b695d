/*
 * The block server (servers/proto/block.h): one virtio disk.
 *
 * One thread, one loop: it waits at its endpoint for a request or, through the notification bound there, the device's
 * interrupt. Requests are checked completely before anything of them starts; the device's word is checked too, and a
 * device that contradicts itself is reset, with ERROR_IO to those it was working for.
 *
 * Without a disk the server stays and answers ERROR_NO_DEVICE to everything. What a client's Memory needs to know is
 * asked from the kernel at ATTACH; the Memory itself must outlive this server's use of it, so it belongs to the
 * supervisor. A successor resets the device before any of that memory is used again.
 */
#include "servers/block/request.h"
#include "servers/proto/error.h"
#include "servers/proto/init.h"
#include "user/lib/answer.h"
#include "user/lib/fail_stop.h"
#include "user/lib/heartbeat.h"
#include "user/lib/startup.h"
#include "user/lib/time.h"

#define PARKED        (-1)          /* instead of a status: the answer comes later */
#define CHECK_EVERY   SECOND        /* how often a silent device is looked at while it has work */
#define SETTLE_TIME   (10 * SECOND) /* for the device to finish what is under way */
#define SETTLE_STEP   MILLISECOND
#define MEMORY_PAGES  1024ul /* the most that a client may attach */
#define MEMORY_RIGHTS ((unsigned)(RIGHT_READ | RIGHT_WRITE | RIGHT_DMA))

static handle_t notification;
static bool has_device;

/* The client's Memory. */
static struct {
    handle_t memory; /* 0: none */
    uint64_t physical, bytes;
} attached;

/* After the device failed: those it was working for get an error, and it begins anew. */
static void reset_device(void)
{
    has_device = transfer_reset() == OK;
    request_fail_all(ERROR_IO);
}

static void collect(void)
{
    if (has_device && !request_collect())
        reset_device();
}

/* Waits until the device has finished everything, or is reset because it does not. */
static void settle(void)
{
    uint64_t deadline = clock_nanoseconds() + SETTLE_TIME, bits;
    request_start();
    while (transfer_count() > 0 && clock_nanoseconds() < deadline) {
        if (sys_wait(notification, clock_nanoseconds() + SETTLE_STEP, &bits) != OK)
            sys_yield();
        collect();
        request_start();
    }
    if (transfer_count() > 0)
        reset_device();
}

static int operation_info(struct message *m)
{
    const struct virtio *device = transfer_device();
    m->words[0] = device->sectors;
    m->words[1] = device->read_only;
    m->words[2] = BOUNCE_SIZE;
    m->word_count = 3;
    return OK;
}

/* Is this a range of whole sectors on the disk? */
static bool is_on_disk(uint64_t sector, uint64_t length)
{
    uint64_t sectors = transfer_device()->sectors;
    return length > 0 && length % BLOCK_SECTOR == 0 && sector < sectors && length / BLOCK_SECTOR <= sectors - sector;
}

/* Lease 0 as the buffer of the one piece. */
static bool check_lease(const struct message *m, struct request *request, uint64_t offset)
{
    const struct lease *lease = &message_page()->leases[0];
    unsigned access = request->kind == TRANSFER_READ ? LEASE_WRITE : LEASE_READ;
    request->bounced = true;
    return m->words[0] == 1 && offset == 0 && request->pieces[0].length <= BOUNCE_SIZE &&
           request->pieces[0].length <= lease->length && (lease->access & access);
}

static bool check_attached(uint64_t offset, uint64_t length)
{
    return offset % BLOCK_SECTOR == 0 && offset <= attached.bytes && length <= attached.bytes - offset;
}

/* The i-th word of a message. */
static uint64_t word(const struct message *m, unsigned i)
{
    const uint64_t *words = i < MESSAGE_REGISTER_WORDS ? m->words : message_page()->words;
    return words[i];
}

/* The sum of a request's pieces as they were taken, in the protocol's numbers. */
static uint64_t sum_of(const struct request *request)
{
    uint64_t sum = block_sum(0, request->count);
    for (unsigned i = 0; i < request->count; i++) {
        const struct request_piece *piece = &request->pieces[i];
        sum = block_sum(sum, piece->sector);
        sum = block_sum(sum, (piece->physical - attached.physical) | (uint64_t)piece->length << 32);
    }
    return sum;
}

/* Takes the pieces out of the message; false if one does not fit the disk or the memory, or is not what was asked for.
 */
static bool take_pieces(const struct message *m, struct request *request)
{
    request->count = (unsigned)m->words[0];
    for (unsigned i = 0; i < request->count; i++) {
        uint64_t sector = word(m, 1 + 2 * i), place = word(m, 2 + 2 * i);
        uint64_t offset = place & 0xffffffff, length = place >> 32;
        uint64_t physical = attached.physical + offset,
                 seal = order_seal(request->kind, sector, physical, (uint32_t)length);
        request->pieces[i] = (struct request_piece){sector, physical, (uint32_t)length, seal};
        bool fits = m->lease_count > 0 ? check_lease(m, request, offset) : check_attached(offset, length);
        if (!fits || !is_on_disk(sector, length))
            return false;
    }
    fail_stop_unless(m->lease_count > 0 || transfer_allows(attached.physical, attached.bytes));
    return sum_of(request) == word(m, 1 + 2 * request->count);
}

static int operation_transfer(struct message *m, enum transfer_kind kind)
{
    struct request request = {.token = m->token, .kind = kind};
    uint64_t count = m->words[0];
    if (m->word_count < 1 || count < 1 || count > BLOCK_PIECES || m->word_count < 2 + 2 * count ||
        !take_pieces(m, &request))
        return ERROR_MALFORMED;
    if (kind == TRANSFER_WRITE && transfer_device()->read_only)
        return ERROR_READ_ONLY;
    request_add(&request);
    return PARKED;
}

/* A device that offers no flush writes through: what it acknowledged is durable. */
static int operation_flush(struct message *m)
{
    struct request request = {.token = m->token, .kind = TRANSFER_FLUSH};
    m->word_count = 0;
    if (!transfer_device()->can_flush)
        return OK;
    request_add(&request);
    return PARKED;
}

/* Finds out where the Memory lies; false unless it has so many pages. Memory that has an address lies in one piece. */
static bool locate(handle_t memory, uint64_t pages, uint64_t *physical)
{
    uint64_t last;
    return sys_memory_physical(memory, 0, physical) == OK && sys_memory_physical(memory, pages - 1, &last) == OK &&
           last == *physical + (pages - 1) * PAGE_SIZE;
}

/* Keeps the capability on success; serve deletes it otherwise. */
static int operation_attach(struct message *m, handle_t memory)
{
    unsigned type, rights;
    uint64_t badge, physical, pages = m->words[0];
    if (m->word_count < 1 || pages < 1 || pages > MEMORY_PAGES || !memory)
        return ERROR_MALFORMED;
    if (sys_cap_info(SELF, memory, &type, &rights, &badge) != OK || type != OBJECT_MEMORY ||
        (rights & MEMORY_RIGHTS) != MEMORY_RIGHTS || !locate(memory, pages, &physical))
        return ERROR_MALFORMED;
    settle(); /* the device may still be using the old Memory */
    if (attached.memory)
        sys_cap_delete(SELF, attached.memory);
    attached.memory = memory;
    attached.physical = physical;
    attached.bytes = pages * PAGE_SIZE;
    transfer_allow(physical, attached.bytes);
    m->word_count = 0;
    return OK;
}

static int dispatch(struct message *m, handle_t given)
{
    while (!request_has_room())
        settle();
    if (!has_device)
        return ERROR_NO_DEVICE;
    switch (m->label) {
    case BLOCK_INFO:
        return operation_info(m);
    case BLOCK_READ:
        return operation_transfer(m, TRANSFER_READ);
    case BLOCK_WRITE:
        return operation_transfer(m, TRANSFER_WRITE);
    case BLOCK_FLUSH:
        return operation_flush(m);
    case BLOCK_ATTACH:
        return operation_attach(m, given);
    default:
        return ERROR_OPERATION;
    }
}

/* An error changes nothing, so it is tried again: perhaps the fault was ours. */
static int dispatch_surely(struct message *m, const struct message *again, handle_t given)
{
    int status = dispatch(m, given);
    if (status == OK || status == PARKED)
        return status;
    *m = *again;
    return dispatch(m, given);
}

static void serve(struct message *m)
{
    const struct message again = *m; /* first of all: damage to one leaves the other */
    handle_t given = message_taken(m, 0);
    int status = m->token ? dispatch_surely(m, &again, given) : ERROR_MALFORMED;
    if (given && attached.memory != given)
        sys_cap_delete(SELF, given);
    if (!m->token || status == PARKED)
        return;
    m->label = (uint32_t)status;
    m->word_count = status == OK ? m->word_count : 0;
    answer_later(m);
}

/*
 * Nothing happened for a while although the device has work: an interrupt may have been lost.
 */
static void check_device(void)
{
    if (has_device && virtio_needs_reset(transfer_device()))
        reset_device();
    collect();
}

int main(void)
{
    handle_t endpoint = startup_capability("block");
    int status = OK;
    notification = startup_capability("signals");
    has_device = transfer_open(startup_capability("pci"), startup_capability("dma"), notification) == OK;
    while (status == OK || status == E_TIMEOUT) {
        struct message m = {.accept = 1};
        request_start();
        status = answer_and_receive(endpoint, &m,
                                    transfer_count() > 0 ? clock_nanoseconds() + CHECK_EVERY : DEADLINE_FOREVER);
        if (status == E_TIMEOUT) {
            check_device();
        } else if (status == OK && m.arrival == ARRIVAL_SIGNAL) {
            if (m.words[0] & HEARTBEAT)
                heartbeat_owing(request_count());
            sys_irq_acknowledge(transfer_device()->irq);
            collect();
        } else if (status == OK && m.arrival == ARRIVAL_MESSAGE) {
            serve(&m);
        }
    }
    return status;
}
