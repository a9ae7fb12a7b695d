/*
 * Ending the machine. Context: init's main thread.
 */
#pragma once
#include "kernel/abi/bootinfo.h"

/* Takes the power management port out of the root of all ports. Call once, before machine_power_off(). */
void machine_open(const struct bootinfo *boot);

/* Switches the machine off. Where there is no known way, says so and stops init; the servers stay as they are. */
_Noreturn void machine_power_off(void);
