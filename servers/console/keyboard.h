/*
 * The PS/2 keyboard: set 1 scancodes to the bytes that a serial terminal would send. Pure: controller.c
 * reads the scancodes from the device.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define KEYBOARD_BYTES 4 /* the most that one key sends */

/* What is held down or half received; all zeros at start. */
struct keyboard {
    bool left_shift, right_shift, control, caps_lock;
    bool extended; /* the last scancode was the prefix 0xe0 */
    uint8_t skip;  /* scancodes still to be ignored: the tail of the Pause key */
};

/* Takes one scancode; stores what the key sends in `bytes` (KEYBOARD_BYTES) and returns how many, often 0. */
unsigned keyboard_translate(struct keyboard *keyboard, uint8_t scancode, char *bytes);
