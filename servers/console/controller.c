#include "servers/console/controller.h"
#include "user/lib/time.h"

enum { PORT_DATA = 0x60, PORT_STATUS = 0x64, PORT_COMMAND = 0x64 };

enum {
    STATUS_OUTPUT_FULL = 1 << 0, /* a byte waits at PORT_DATA */
    STATUS_INPUT_FULL = 1 << 1,  /* the controller has not yet taken our last byte */
    STATUS_MOUSE = 1 << 5,       /* the waiting byte is the mouse's */
    STATUS_ABSENT = 0xff,        /* what an empty port reads as */
};

enum {
    COMMAND_READ_CONFIGURATION = 0x20,
    COMMAND_WRITE_CONFIGURATION = 0x60,
    COMMAND_DISABLE_KEYBOARD = 0xad,
    COMMAND_ENABLE_KEYBOARD = 0xae,
};

enum {
    CONFIGURATION_INTERRUPT = 1 << 0,
    CONFIGURATION_KEYBOARD_OFF = 1 << 4,
    CONFIGURATION_TRANSLATE = 1 << 6,
};

#define FLUSH_MOST 32 /* bytes that the controller's buffer can hold, and some */
#define PATIENCE   (20 * MILLISECOND)

static uint8_t read_port(struct controller *controller, unsigned port)
{
    uint64_t value = STATUS_ABSENT;
    sys_port_read(controller->ports, port, 1, &value);
    return (uint8_t)value;
}

/* Waits until the status bits under `mask` read as `wanted`; false if they do not in time. */
static bool wait_status(struct controller *controller, uint8_t mask, uint8_t wanted)
{
    uint64_t deadline = clock_nanoseconds() + PATIENCE;
    do {
        if ((read_port(controller, PORT_STATUS) & mask) == wanted)
            return true;
    } while (clock_nanoseconds() < deadline);
    return false;
}

static bool send(struct controller *controller, unsigned port, uint8_t byte)
{
    return wait_status(controller, STATUS_INPUT_FULL, 0) && sys_port_write(controller->ports, port, 1, byte) == OK;
}

/* The keyboard is held off meanwhile, so that the byte read is the configuration and not a key. */
static bool configure(struct controller *controller)
{
    if (!send(controller, PORT_COMMAND, COMMAND_DISABLE_KEYBOARD))
        return false;
    for (unsigned i = 0; i < FLUSH_MOST && read_port(controller, PORT_STATUS) & STATUS_OUTPUT_FULL; i++)
        read_port(controller, PORT_DATA);
    if (!send(controller, PORT_COMMAND, COMMAND_READ_CONFIGURATION) ||
        !wait_status(controller, STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL))
        return false;
    uint8_t configuration = read_port(controller, PORT_DATA);
    configuration |= CONFIGURATION_INTERRUPT | CONFIGURATION_TRANSLATE;
    configuration &= (uint8_t)~CONFIGURATION_KEYBOARD_OFF;
    return send(controller, PORT_COMMAND, COMMAND_WRITE_CONFIGURATION) && send(controller, PORT_DATA, configuration) &&
           send(controller, PORT_COMMAND, COMMAND_ENABLE_KEYBOARD);
}

void controller_open(struct controller *controller, handle_t ports, struct port_input *input, bool ready)
{
    controller->ports = ports;
    controller->input = input;
    if (ports && (read_port(controller, PORT_STATUS) == STATUS_ABSENT || (!ready && !configure(controller))))
        controller->ports = 0;
}

bool controller_read(struct controller *controller)
{
    for (unsigned i = 0; controller->ports && i < FLUSH_MOST; i++) {
        uint8_t status = read_port(controller, PORT_STATUS);
        if (!(status & STATUS_OUTPUT_FULL))
            return false;
        if (!(status & STATUS_MOUSE))
            return sys_port_read_counted(controller->ports, PORT_DATA, 1, controller->input) == OK;
        read_port(controller, PORT_DATA);
    }
    return false;
}
