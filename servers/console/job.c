#include "servers/console/job.h"
#include "servers/console/firmware.h"
#include "servers/console/stream.h"
#include "servers/proto/console.h"
#include "servers/proto/error.h"
#include "user/lib/startup.h"

#define COM2     0x2f8
#define END_SIZE 5    /* bytes of the exit status in the stream */
#define PIECE    1024 /* bytes copied to a client at a time */

/* of fw_cfg */
enum { PORT_SELECTOR = 0x510, PORT_DATA = 0x511 };

static handle_t firmware_ports;
static struct serial serial;
static struct stream output = {.serial = &serial, .kind = CLAIM_JOB_WRITE, .encode = encode_job};
static struct waiters ends;

static void firmware_select(uint16_t selector)
{
    sys_port_write(firmware_ports, PORT_SELECTOR, 2, selector);
}

static uint8_t firmware_byte(void *context)
{
    (void)context;
    uint64_t value = 0;
    sys_port_read(firmware_ports, PORT_DATA, 1, &value);
    return (uint8_t)value;
}

void job_open(void)
{
    output.last = &kept->state.output.job_write;
    serial_open(&serial, startup_capability("job"), COM2, &kept->job);
    stream_resume(&output);
    firmware_ports = startup_capability("firmware");
    if (!firmware_ports)
        return;
    firmware_select(FIRMWARE_SIGNATURE);
    for (unsigned i = 0; i < 4; i++) {
        if (firmware_byte(0) != (uint8_t) "QEMU"[i])
            firmware_ports = 0;
    }
}

void job_serve(bool serial_interrupt)
{
    if (serial_interrupt)
        serial_begin(&serial);
    bool more;
    do {
        more = stream_take(&output);
        serial_transmit(&serial);
    } while (more && ring_count(&serial.output->ring) == 0);
    serial_end(&serial, false);
}

bool job_write(const struct waiter *writer)
{
    return stream_write(&output, writer);
}

/* Copies `size` bytes of the selected file to the client's lease. */
static int copy_file(uint64_t token, uint64_t size)
{
    for (uint64_t offset = 0; offset < size; offset += PIECE) {
        uint8_t bytes[PIECE];
        unsigned count = size - offset < PIECE ? (unsigned)(size - offset) : PIECE;
        for (unsigned i = 0; i < count; i++)
            bytes[i] = firmware_byte(0);
        uint64_t copied;
        if (sys_lease_write(token, 0, offset, bytes, count, &copied) != OK)
            return ERROR_MALFORMED;
    }
    return OK;
}

int job_command(uint64_t token, uint64_t length, uint64_t *size)
{
    struct firmware_file file;
    if (!firmware_ports)
        return ERROR_NOT_FOUND;
    firmware_select(FIRMWARE_DIRECTORY);
    if (!firmware_find(firmware_byte, 0, JOB_COMMAND_FILE, &file))
        return ERROR_NOT_FOUND;
    if (file.size > length)
        return ERROR_TOO_BIG;
    *size = file.size;
    firmware_select(file.selector);
    return copy_file(token, file.size);
}

bool job_end(const struct waiter *waiter)
{
    return waiters_add(&ends, *waiter);
}

/* Puts the end into the ring, but not a second time for a caller that comes again. */
static void put_end(const struct waiter *waiter)
{
    const uint8_t status = waiter->status;
    const uint8_t end[END_SIZE] = {JOB_ESCAPE, 'X', '0' + status / 100, '0' + status / 10 % 10, '0' + status % 10};
    if (kept_find_claim(&kept->state.output.job_end, CLAIM_JOB_END, waiter->sender, waiter->sequence))
        return;
    for (unsigned i = 0; i < END_SIZE; i++)
        outgoing_put(serial.output, end[i]);
    kept->state.output.job_end = (struct claim){
        .kind = CLAIM_JOB_END,
        .sender = waiter->sender,
        .sequence = waiter->sequence,
    };
    kept_commit(KEPT_OUTPUT);
}

bool job_ended(struct waiter *waiter)
{
    struct waiter *first = waiters_first(&ends);
    if (!first || output.writers.count > 0 || ring_room(&serial.output->ring) < END_SIZE)
        return false;
    *waiter = *first;
    waiters_remove(&ends, 0);
    put_end(waiter);
    return true;
}

unsigned job_waiting(void)
{
    return output.writers.count + ends.count;
}

uint64_t job_deadline(void)
{
    return stream_deadline(&output);
}

struct serial *job_serial(void)
{
    return &serial;
}
