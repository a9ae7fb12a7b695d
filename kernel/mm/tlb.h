/*
 * TLB shootdown: after tlb_shootdown(space) returns, no CPU uses a translation of that space that was removed before.
 */
#pragma once
#include "kernel/mm/space.h"

/* Context: kernel lock held, page tables already changed. Waits for the other CPUs that have `space` loaded. */
void tlb_shootdown(struct space *space);
extern uint64_t tlb_interrupts_sent;
