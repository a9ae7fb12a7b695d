#include "servers/console/terminal.h"
#include "servers/console/controller.h"
#include "servers/console/display.h"
#include "servers/console/keyboard.h"
#include "servers/console/line.h"
#include "servers/console/stream.h"
#include "servers/proto/console.h"
#include "servers/proto/error.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include "user/lib/stdlib.h"
#include "user/lib/time.h"

#define COM1          0x3f8
#define ECHO_RESERVE  8192               /* of the output ring, for echo: writers leave it free */
#define REFRESH_EVERY (20 * MILLISECOND) /* a program that prints much is not slowed by drawing each line */
#define READ_PIECE    4096               /* the most that one READ gets */

_Static_assert(ECHO_RESERVE > LINE_ECHO_MOST, "a typed byte's echo always finds room");

static struct serial serial;
static struct controller controller;
static struct keyboard keyboard;
static bool keyboard_waits; /* scancodes were left in the controller for want of room */
static struct line line;
static struct waiters readers;
static handle_t interrupt_notification;
static struct screen screen;
static struct display display;
static bool screen_changed;
static uint64_t refreshed; /* when the display was last drawn */

static void show(const char *bytes, unsigned count)
{
    if (display.memory) {
        screen_write(&screen, bytes, count);
        screen_changed = true;
    }
}

static struct stream output = {.serial = &serial, .reserve = ECHO_RESERVE, .encode = encode_terminal, .show = show};

static void echo(void *context, const char *bytes, unsigned count)
{
    stream_put(context, bytes, count);
}

/* Ctrl-C. A notification that is gone, with the program that made it, is forgotten. */
static void interrupt(void *context)
{
    (void)context;
    if (interrupt_notification && sys_signal(interrupt_notification, 1) != OK)
        terminal_set_interrupt(0);
}

/* Arguments 1..6 are address, pitch, width, height, bits, text of struct bootinfo's screen. */
static void open_display(int argument_count, char **arguments)
{
    handle_t memory = startup_capability("screen");
    if (!memory || argument_count < 7)
        return;
    uint64_t offset = strtoul(arguments[1], 0, 10) % PAGE_SIZE;
    struct display_shape shape = {strtoul(arguments[2], 0, 10), strtoul(arguments[3], 0, 10),
                                  strtoul(arguments[4], 0, 10), strtoul(arguments[5], 0, 10),
                                  strtoul(arguments[6], 0, 10)};
    if (!display_supports(&shape))
        return;
    uint64_t pages = (offset + display_bytes(&shape) + PAGE_SIZE - 1) / PAGE_SIZE;
    uint8_t *address = pages_map(memory, pages, RIGHT_READ | RIGHT_WRITE);
    if (!address)
        return;
    screen_init(&screen, display_columns(&shape), display_rows(&shape));
    display_init(&display, &shape, address + offset);
    screen_changed = true;
}

void terminal_open(int argument_count, char **arguments)
{
    serial_open(&serial, startup_capability("serial"), COM1);
    controller_open(&controller, startup_capability("keyboard"));
    line_init(&line, (struct line_owner){.echo = echo, .interrupt = interrupt, .context = &output});
    open_display(argument_count, arguments);
}

static bool has_input_room(void)
{
    return line_has_room(&line) && ring_room(&serial.output) >= ECHO_RESERVE;
}

static void take_serial_input(void)
{
    uint8_t byte;
    while (has_input_room() && serial_receive(&serial, &byte))
        line_input(&line, byte);
}

/* Each scancode gives up to KEYBOARD_BYTES bytes; a line with room takes as many. */
static void take_keyboard_input(void)
{
    uint8_t scancode;
    while (has_input_room()) {
        if (!controller_read(&controller, &scancode)) {
            keyboard_waits = false;
            return;
        }
        char bytes[KEYBOARD_BYTES];
        unsigned count = keyboard_translate(&keyboard, scancode, bytes);
        for (unsigned i = 0; i < count; i++)
            line_input(&line, (uint8_t)bytes[i]);
    }
}

static void serve_readers(void)
{
    static char bytes[READ_PIECE];
    struct waiter *reader;
    while ((reader = waiters_first(&readers)) != 0 && line_is_ready(&line)) {
        unsigned cells;
        uint64_t copied;
        unsigned size = reader->length < READ_PIECE ? (unsigned)reader->length : READ_PIECE;
        unsigned count = line_peek(&line, bytes, size, &cells);
        int status = count > 0 ? sys_lease_write(reader->token, 0, 0, bytes, count, &copied) : OK;
        struct message m = message(status == OK ? OK : ERROR_MALFORMED);
        m.token = reader->token;
        m.words[0] = count;
        m.word_count = 1;
        if (ipc_reply(&m) == OK && status == OK)
            line_take(&line, cells);
        waiters_remove(&readers, 0);
    }
}

static void refresh_display(void)
{
    if (screen_changed && clock_nanoseconds() >= refreshed + REFRESH_EVERY) {
        display_refresh(&display, &screen);
        screen_changed = false;
        refreshed = clock_nanoseconds();
    }
}

void terminal_serve(bool serial_interrupt, bool keyboard_interrupt)
{
    keyboard_waits |= keyboard_interrupt;
    if (serial_interrupt) {
        serial_begin(&serial);
        take_serial_input();
    }
    if (keyboard_waits)
        take_keyboard_input();
    serve_readers();
    do {
        stream_take(&output);
        serial_transmit(&serial);
    } while (output.writers.count > 0 && ring_count(&serial.output) == 0);
    serial_end(&serial, has_input_room());
    refresh_display();
}

bool terminal_read(uint64_t token, uint64_t length)
{
    return waiters_add(&readers, (struct waiter){.token = token, .length = length});
}

bool terminal_write(uint64_t token, uint64_t length)
{
    return stream_write(&output, token, length);
}

void terminal_set_raw(bool raw)
{
    line_set_mode(&line, raw);
}

void terminal_set_interrupt(handle_t notification)
{
    if (interrupt_notification)
        sys_cap_delete(SELF, interrupt_notification);
    interrupt_notification = notification;
}

struct serial *terminal_serial(void)
{
    return &serial;
}

uint64_t terminal_deadline(void)
{
    return screen_changed ? refreshed + REFRESH_EVERY : DEADLINE_FOREVER;
}
