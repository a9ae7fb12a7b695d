/*
 * The battery-backed clock of the machine, read once at start-up: from then on the kernel's clock counts.
 */
#pragma once
#include "kernel/abi/rights.h"
#include <stdint.h>

/* The clock's registers, as they are read. */
struct clock_registers {
    uint8_t second, minute, hour, day, month, year; /* the year without its century */
    uint8_t format;                                 /* register B */
};

/* Seconds since 1970, UTC, for a date from 2000 to 2099. 0 if the registers hold no date. Pure. */
uint64_t clock_to_seconds(struct clock_registers registers);

/* Seconds since 1970, UTC, when the kernel's clock read 0. 0 if the machine's clock cannot be read. */
uint64_t clock_read_boot_time(handle_t ports_root);
