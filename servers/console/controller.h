/*
 * The PS/2 controller (8042): where the keyboard's scancodes come from.
 *
 * Its interrupt is edge-triggered: one edge when a scancode arrives in an empty buffer. So after a signal the buffer is
 * read until it is empty; if the reader stops earlier it must come back by itself.
 */
#pragma once
#include "user/lib/syscall.h"
#include <stdbool.h>

struct controller {
    handle_t ports;           /* 0x60..0x64; 0: there is no keyboard */
    struct port_input *input; /* the scancode that was taken last, and how many were: noted by the kernel */
};

/*
 * `ports` may be 0. If it is not `ready`, sets the controller up: keyboard on, with interrupts, translating to set 1; a
 * key that is pressed meanwhile is lost. One that does not answer within some milliseconds counts as absent.
 */
void controller_open(struct controller *controller, handle_t ports, struct port_input *input, bool ready);

/* Takes the next scancode, if there is one, into `input`. */
bool controller_read(struct controller *controller);
