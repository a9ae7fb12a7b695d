/*
 * The local interrupt controller of each CPU, for the files of this folder.
 */
#pragma once
#include "kernel/x86_64/arch.h"

/* Turns on the calling CPU's local APIC and learns its id; on the boot CPU (the first caller) maps the registers. */
void lapic_init(void);

/* Arms the calling CPU's timer for this many steps from now, 0 = off; how many are left. */
void lapic_timer_set(uint32_t steps);
uint32_t lapic_timer_left(void);

/* Starting another CPU (smp.c): resets it, and lets it start at a page below 1 MiB. */
void lapic_send_init(uint32_t apic_id);
void lapic_send_startup(uint32_t apic_id, phys_t page);
