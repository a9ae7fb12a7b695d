/*
 * QEMU's fw_cfg: small named files that the host hands to the guest.
 *
 * A file is chosen by a number (the selector) and then read byte by byte from one port. File FIRMWARE_DIRECTORY lists
 * the names. The parser is pure: it takes its bytes from a function.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define FIRMWARE_SIGNATURE 0x00 /* selector: reads "QEMU" */
#define FIRMWARE_DIRECTORY 0x19

struct firmware_file {
    uint16_t selector;
    uint32_t size; /* bytes */
};

/* Gives the next byte of the selected file; past its end 0. */
typedef uint8_t firmware_read(void *context);

/* Looks for `name` in the directory, read from its start; fills *file if it is there. */
bool firmware_find(firmware_read *read, void *context, const char *name, struct firmware_file *file);
