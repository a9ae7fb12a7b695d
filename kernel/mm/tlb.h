/*
 * TLB shootdown: after it no CPU uses a translation that was removed from the page tables, or weakened, before.
 */
#pragma once
#include "kernel/mm/space.h"

/* For some pages of `space`. Context: kernel lock held, page tables already changed. Waits for the other CPUs that have
 * the space loaded; interrupts no others. */
void tlb_shootdown(const struct space *space, uint64_t address, uint64_t pages);
extern uint64_t tlb_interrupts_sent;
