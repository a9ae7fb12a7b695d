/*
 * The clock and the timer, for the files of this folder; clock_now(), timer_arm() and timer_stop() are in arch.h.
 */
#pragma once

/* Measures the time stamp counter and the local APIC timer; sets the clock to 0. Boot CPU, after lapic_init(). */
void clock_init(void);
