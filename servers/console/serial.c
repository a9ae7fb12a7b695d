#include "servers/console/serial.h"
#include "user/lib/fail_stop.h"
#include <string.h>

/* registers, from base */
enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE = 3, MODEM = 4, LINE_STATUS = 5, SCRATCH = 7, DIVISOR = 0 };

enum { INTERRUPT_RECEIVED = 1 << 0, INTERRUPT_TRANSMITTER = 1 << 1 };
enum { LINE_8N1 = 3, LINE_DIVISOR = 1 << 7 };
enum { MODEM_READY = 1 << 0 | 1 << 1, MODEM_INTERRUPTS = 1 << 3 };
enum { STATUS_RECEIVED = 1 << 0, STATUS_ROOM = 1 << 5, STATUS_IDLE = 1 << 6 };

#define FIFO_ENABLE 1            /* an interrupt for each byte; enabling again keeps what the buffers hold */
#define FIFO_BYTES  SERIAL_BURST /* that the transmitter takes when it says it has room */
#define ROUNDS      64           /* of FIFO_BYTES in one serial_transmit */
#define BAUD_115200 1

static uint8_t get(struct serial *serial, unsigned reg)
{
    uint64_t value = 0;
    sys_port_read(serial->ports, serial->base + reg, 1, &value);
    return (uint8_t)value;
}

static void set(struct serial *serial, unsigned reg, uint8_t value)
{
    sys_port_write(serial->ports, serial->base + reg, 1, value);
}

/* An empty place in the port space keeps nothing that is written to it. */
static bool is_present(struct serial *serial)
{
    set(serial, SCRATCH, 0x5a);
    bool kept = get(serial, SCRATCH) == 0x5a;
    set(serial, SCRATCH, 0xa5);
    return kept && get(serial, SCRATCH) == 0xa5;
}

/*
 * A line that is set up already is left alone: init may be printing on it, and while the divisor is open its bytes
 * would become a speed.
 */
static void set_speed(struct serial *serial)
{
    if (get(serial, LINE) == LINE_8N1)
        return;
    set(serial, LINE, LINE_8N1 | LINE_DIVISOR);
    set(serial, DIVISOR, BAUD_115200);
    set(serial, DIVISOR + 1, 0);
    set(serial, LINE, LINE_8N1);
}

/* ---- the count of what has left ---- */

static void note_sent(struct serial_kept *kept)
{
    kept_store(kept->sent, &kept->output.taken, sizeof(kept->output.taken));
}

/* The count, once it is made sure of. */
static uint64_t sent(const struct serial *serial)
{
    const struct serial_kept *kept = serial->kept;
    serial_check(serial);
    uint64_t noted, taken = kept->output.taken;
    fail_stop_unless(!kept_load(kept->sent, &noted, sizeof(noted)) || noted == taken);
    fail_stop_unless(kept->output.put - taken <= RING_SIZE);
    return taken;
}

void serial_check(const struct serial *serial)
{
    fail_stop_unless(serial->output == &serial->kept->output);
}

void serial_recover(struct serial_kept *kept, uint64_t put)
{
    uint64_t noted;
    struct ring *output = &kept->output;
    if (kept_load(kept->sent, &noted, sizeof(noted)) && output->taken - noted > SERIAL_BURST)
        output->taken = noted;
    output->put = put;
    if (output->taken > put || put - output->taken > RING_SIZE)
        ring_clear(output);
    note_sent(kept);
}

/* ---- the device ---- */

void serial_open(struct serial *serial, handle_t ports, unsigned base, struct serial_kept *kept)
{
    serial->ports = ports;
    serial->base = base;
    serial->kept = kept;
    serial->output = &kept->output;
    if (!ports || !is_present(serial)) {
        serial->ports = 0;
        return;
    }
    set_speed(serial);
    set(serial, FIFO, FIFO_ENABLE);
    set(serial, MODEM, MODEM_READY | MODEM_INTERRUPTS);
    set(serial, INTERRUPTS, 0);
    serial->enabled = 0;
}

static void enable(struct serial *serial, uint8_t causes)
{
    if (serial->ports && serial->enabled != causes)
        set(serial, INTERRUPTS, causes);
    serial->enabled = causes;
}

void serial_begin(struct serial *serial)
{
    enable(serial, 0);
}

void serial_end(struct serial *serial, bool receive)
{
    uint8_t transmitter = ring_count(serial->output) > 0 ? INTERRUPT_TRANSMITTER : 0;
    enable(serial, transmitter | (receive ? INTERRUPT_RECEIVED : 0));
}

bool serial_receive(struct serial *serial)
{
    return serial->ports && (get(serial, LINE_STATUS) & STATUS_RECEIVED) &&
           sys_port_read_counted(serial->ports, serial->base + DATA, 1, &serial->kept->input) == OK;
}

/* Copies what is to go next, from the position `first` on; returns how many bytes. */
static unsigned copy_next(const struct ring *ring, uint64_t first, uint8_t bytes[FIFO_BYTES])
{
    unsigned count = ring->put - first < FIFO_BYTES ? (unsigned)(ring->put - first) : FIFO_BYTES;
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)ring->cells[(first + i) % RING_SIZE];
    return count;
}

/* Writes up to FIFO_BYTES of the ring; needs a transmitter with room. What goes out cannot be taken back, so it is
 * copied twice. Who lives to see how many were written need not believe the kernel's count, which anybody here could
 * have overwritten meanwhile. */
static void fill_transmitter(struct serial *serial)
{
    uint8_t bytes[FIFO_BYTES], again[FIFO_BYTES];
    struct ring *ring = serial->output;
    uint64_t first = sent(serial), written = 0;
    unsigned count = copy_next(ring, first, bytes);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    fail_stop_unless(copy_next(&serial->kept->output, first, again) == count && memcmp(bytes, again, count) == 0);
    sys_port_write_counted(serial->ports, serial->base + DATA, bytes, count, &ring->taken, &written);
    fail_stop_unless(written <= count);
    ring->taken = first + written;
    note_sent(serial->kept);
}

void serial_transmit(struct serial *serial)
{
    if (!serial->ports) {
        ring_clear(serial->output);
        note_sent(serial->kept);
    }
    for (unsigned i = 0; i < ROUNDS && ring_count(serial->output) > 0; i++) {
        if (!(get(serial, LINE_STATUS) & STATUS_ROOM))
            return;
        fill_transmitter(serial);
    }
}

bool serial_has_sent(struct serial *serial, uint64_t goal)
{
    if (serial->output->taken < goal)
        return false;
    /* the transmitter itself holds at most its buffer and the byte on the wire */
    return !serial->ports || serial->output->taken - goal > FIFO_BYTES || get(serial, LINE_STATUS) & STATUS_IDLE;
}
