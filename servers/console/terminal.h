/*
 * The terminal: COM1, with keyboard and screen beside it, as one stream of bytes each way.
 *
 * Output goes to the serial line and the screen, input comes from serial line and keyboard through the line discipline
 * to the readers who wait. Readers are served in the order they came. What is typed is removed only when a reader has
 * received it: a reader that ended meanwhile swallows nothing.
 */
#pragma once
#include "servers/console/serial.h"
#include "servers/console/waiters.h"
#include "user/lib/ipc.h"

/* Sets up the devices named by the startup capabilities and arguments; each may be absent. `inherited`: goes on from
 * what a former console left in `kept`. */
void terminal_open(int argument_count, char **arguments, bool inherited);

/* After each event: moves bytes along, both ways. The flags say whose interrupt came. */
void terminal_serve(bool serial_interrupt, bool keyboard_interrupt);

/* Park a checked IO_READ (length > 0) or IO_WRITE; false if too many wait. */
bool terminal_read(const struct waiter *reader);
bool terminal_write(const struct waiter *writer);

void terminal_set_raw(bool raw);

/* Takes over a notification (0: none) that Ctrl-C signals from now on, instead of the last. */
void terminal_set_interrupt(handle_t notification);

/* The serial line, to wait until its output is sent. */
struct serial *terminal_serial(void);

/* How many clients wait here for an answer. */
unsigned terminal_waiting(void);

/* When terminal_serve wants to be called although nothing happens, in nanoseconds; DEADLINE_FOREVER: no wish. */
uint64_t terminal_deadline(void);
