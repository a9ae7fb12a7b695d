#include "servers/console/serial.h"
#include "user/lib/fail_stop.h"
#include <string.h>

/* registers, from base */
enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE = 3, MODEM = 4, LINE_STATUS = 5, SCRATCH = 7, DIVISOR = 0 };

enum { INTERRUPT_RECEIVED = 1 << 0, INTERRUPT_TRANSMITTER = 1 << 1 };
enum { LINE_8N1 = 3, LINE_DIVISOR = 1 << 7 };
enum { MODEM_READY = 1 << 0 | 1 << 1, MODEM_INTERRUPTS = 1 << 3 };
enum { STATUS_RECEIVED = 1 << 0, STATUS_ROOM = 1 << 5, STATUS_IDLE = 1 << 6 };

#define FIFO_ENABLE 1              /* an interrupt for each byte; enabling again keeps what the buffers hold */
#define FIFO_BYTES  OUTGOING_BURST /* that the transmitter takes when it says it has room */
#define ROUNDS      64             /* of FIFO_BYTES in one serial_transmit */
#define BAUD_115200 1

static uint64_t seal_of(const struct serial *serial)
{
    const uint64_t words[] = {serial->ports, serial->base, (uintptr_t)serial->input, (uintptr_t)serial->output};
    uint64_t sum = 0;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15 + 1;
    return sum;
}

/* A copy, once it is made sure of: what is used is what was looked at. */
static struct serial sealed(const struct serial *serial)
{
    struct serial copy = *serial;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    fail_stop_unless(copy.seal == seal_of(&copy));
    return copy;
}

void serial_check(const struct serial *serial)
{
    sealed(serial);
}

static uint8_t get(const struct serial *serial, unsigned reg)
{
    struct serial safe = sealed(serial);
    uint64_t value = 0;
    sys_port_read(safe.ports, safe.base + reg, 1, &value);
    return (uint8_t)value;
}

static void set(const struct serial *serial, unsigned reg, uint8_t value)
{
    struct serial safe = sealed(serial);
    sys_port_write(safe.ports, safe.base + reg, 1, value);
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

/* ---- the device ---- */

void serial_open(struct serial *serial, handle_t ports, unsigned base, struct serial_kept *kept)
{
    *serial = (struct serial){.ports = ports, .base = base, .input = &kept->input, .output = &kept->output};
    serial->seal = seal_of(serial);
    if (!ports || !is_present(serial)) {
        serial->ports = 0;
        serial->seal = seal_of(serial);
        return;
    }
    set_speed(serial);
    set(serial, FIFO, FIFO_ENABLE);
    set(serial, MODEM, MODEM_READY | MODEM_INTERRUPTS);
    set(serial, INTERRUPTS, 0);
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
    uint8_t transmitter = ring_count(&serial->output->ring) > 0 ? INTERRUPT_TRANSMITTER : 0;
    enable(serial, transmitter | (receive ? INTERRUPT_RECEIVED : 0));
}

bool serial_receive(struct serial *serial)
{
    struct serial safe = sealed(serial);
    return safe.ports && (get(serial, LINE_STATUS) & STATUS_RECEIVED) &&
           sys_port_read_counted(safe.ports, safe.base + DATA, 1, safe.input) == OK;
}

/* Needs a transmitter with room. */
static void fill_transmitter(const struct serial *serial)
{
    struct serial safe = sealed(serial);
    uint8_t bytes[FIFO_BYTES];
    uint64_t written = 0;
    unsigned count = outgoing_begin(safe.output, bytes);
    sys_port_write_counted(safe.ports, safe.base + DATA, bytes, count, &safe.output->ring.taken, &written);
    outgoing_finish(safe.output, written);
}

void serial_transmit(struct serial *serial)
{
    struct serial safe = sealed(serial);
    if (!safe.ports)
        outgoing_clear(safe.output);
    for (unsigned i = 0; i < ROUNDS && ring_count(&safe.output->ring) > 0; i++) {
        if (!(get(serial, LINE_STATUS) & STATUS_ROOM))
            return;
        fill_transmitter(serial);
    }
}

bool serial_has_sent(struct serial *serial, uint64_t goal)
{
    struct serial safe = sealed(serial);
    uint64_t sent = outgoing_sent(safe.output);
    if (sent < goal)
        return false;
    /* the transmitter itself holds at most its buffer and the byte on the wire */
    return !safe.ports || sent - goal > FIFO_BYTES || get(serial, LINE_STATUS) & STATUS_IDLE;
}
