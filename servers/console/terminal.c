#include "servers/console/terminal.h"
#include "servers/console/controller.h"
#include "servers/console/display.h"
#include "servers/console/kept.h"
#include "servers/console/stream.h"
#include "servers/proto/console.h"
#include "servers/proto/error.h"
#include "user/lib/estate.h"
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
static bool keyboard_waits; /* scancodes were left in the controller for want of room */
static struct waiters readers;
static handle_t interrupt_notification; /* derived from kept->state.input.interrupt */
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

static struct stream output = {
    .serial = &serial,
    .kind = CLAIM_TERMINAL_WRITE,
    .reserve = ECHO_RESERVE,
    .encode = encode_terminal,
    .show = show,
};

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
    display_init(&display, &shape, address + offset, &kept->shown);
    screen_changed = true;
}

static bool is_interrupt(handle_t handle)
{
    return handle == kept->state.input.interrupt;
}

/* The screen is what the last bytes of output make of it. */
static void draw_again(void)
{
    const struct outgoing *bytes = &kept->terminal.output;
    uint64_t put = bytes->ring.put, count = put < RING_SIZE ? put : RING_SIZE;
    for (uint64_t i = put - count; i < put; i++)
        show(&(char){(char)outgoing_byte(bytes, i)}, 1);
}

static bool has_input_room(void)
{
    return line_has_room(&kept->line) && ring_room(&serial.output->ring) >= ECHO_RESERVE;
}

/* The byte that was received last goes to the line: now it is used. */
static void use_serial_input(void)
{
    line_input(&kept->line, (uint8_t)kept->terminal.input.value);
    kept->state.input.serial_used = kept->terminal.input.count;
    kept_commit(KEPT_INPUT);
}

/* The same with a scancode. It gives up to KEYBOARD_BYTES bytes; a line with room takes as many. */
static void use_keyboard_input(void)
{
    char bytes[KEYBOARD_BYTES];
    unsigned count = keyboard_translate(&kept->state.input.keyboard, (uint8_t)kept->keyboard_input.value, bytes);
    for (unsigned i = 0; i < count; i++)
        line_input(&kept->line, (uint8_t)bytes[i]);
    kept->state.input.keyboard_used = kept->keyboard_input.count;
    kept_commit(KEPT_INPUT);
}

/* A former console may have died between taking a byte from a device and using it. It had made sure of the room. */
static void go_on_with_input(void)
{
    if (kept->terminal.input.count == kept->state.input.serial_used + 1)
        use_serial_input();
    if (kept->keyboard_input.count == kept->state.input.keyboard_used + 1)
        use_keyboard_input();
}

void terminal_open(int argument_count, char **arguments, bool inherited)
{
    struct line_owner owner = {.echo = echo, .interrupt = interrupt, .context = &output};
    output.last = &kept->state.output.terminal_write;
    serial_open(&serial, startup_capability("serial"), COM1, &kept->terminal);
    controller_open(&controller, startup_capability("keyboard"), &kept->keyboard_input,
                    kept->state.input.keyboard_ready);
    kept->state.input.keyboard_ready = true;
    inherited ? line_adopt(&kept->line, owner) : line_init(&kept->line, owner);
    kept_commit(KEPT_INPUT);
    if (!inherited)
        display_forget(&kept->shown);
    open_display(argument_count, arguments);
    draw_again();
    stream_resume(&output);
    estate_sweep(is_interrupt);
    interrupt_notification = estate_take(kept->state.input.interrupt);
    go_on_with_input();
}

static void take_serial_input(void)
{
    while (has_input_room() && serial_receive(&serial))
        use_serial_input();
}

static void take_keyboard_input(void)
{
    while (has_input_room()) {
        if (!controller_read(&controller)) {
            keyboard_waits = false;
            return;
        }
        use_keyboard_input();
    }
}

/* Answers a reader with these bytes; false if it is gone. */
static bool answer_reader(const struct waiter *reader, const char *bytes, unsigned count)
{
    uint64_t copied;
    int status = count > 0 ? sys_lease_write(reader->token, 0, 0, bytes, count, &copied) : OK;
    struct message m = message(status == OK ? OK : ERROR_MALFORMED);
    m.token = reader->token;
    m.words[0] = count;
    m.word_count = 1;
    return ipc_reply(&m) == OK && status == OK;
}

/* Gives a reader what is ready for it: first it counts as given, and if the reader is gone, as given back. */
static void serve_reader(const struct waiter *reader)
{
    static char bytes[READ_PIECE];
    unsigned cells, size = reader->length < READ_PIECE ? (unsigned)reader->length : READ_PIECE;
    unsigned count = line_peek(&kept->line, bytes, size, &cells);
    kept->state.input.read = (struct claim){
        .kind = CLAIM_READ,
        .sender = reader->sender,
        .sequence = reader->sequence,
        .done = count,
        .length = reader->length,
        .from = kept->line.ready.taken,
    };
    line_take(&kept->line, cells);
    kept_commit(KEPT_INPUT);
    if (answer_reader(reader, bytes, count))
        return;
    line_give_back(&kept->line, cells);
    kept->state.input.read = (struct claim){0};
    kept_commit(KEPT_INPUT);
}

static void serve_readers(void)
{
    struct waiter *reader;
    while ((reader = waiters_first(&readers)) != 0 && line_is_ready(&kept->line)) {
        serve_reader(reader);
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
    bool more;
    do {
        more = stream_take(&output);
        serial_transmit(&serial);
    } while (more && ring_count(&serial.output->ring) == 0);
    serial_end(&serial, has_input_room());
    refresh_display();
}

bool terminal_read(const struct waiter *reader)
{
    static char bytes[READ_PIECE];
    const struct claim *claim = kept_find_claim(&kept->state.input.read, CLAIM_READ, reader->sender, reader->sequence);
    if (!claim || claim->done > reader->length || claim->done > READ_PIECE || !line_has(&kept->line, claim->from))
        return waiters_add(&readers, *reader);
    line_recall(&kept->line, claim->from, bytes, (unsigned)claim->done);
    answer_reader(reader, bytes, (unsigned)claim->done);
    return true;
}

bool terminal_write(const struct waiter *writer)
{
    return stream_write(&output, writer);
}

void terminal_set_raw(bool raw)
{
    line_set_mode(&kept->line, raw);
    kept_commit(KEPT_INPUT);
}

void terminal_set_interrupt(handle_t notification)
{
    handle_t former = kept->state.input.interrupt;
    if (interrupt_notification)
        sys_cap_delete(SELF, interrupt_notification);
    interrupt_notification = notification;
    kept->state.input.interrupt = estate_keep(notification);
    kept_commit(KEPT_INPUT);
    estate_drop(former);
}

struct serial *terminal_serial(void)
{
    return &serial;
}

unsigned terminal_waiting(void)
{
    return readers.count + output.writers.count;
}

uint64_t terminal_deadline(void)
{
    uint64_t refresh = screen_changed ? refreshed + REFRESH_EVERY : DEADLINE_FOREVER, resume = stream_deadline(&output);
    return refresh < resume ? refresh : resume;
}
