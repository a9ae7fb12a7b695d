/*
 * Frames of this machine as zeroed pages in the direct map: for kernel objects, page tables and user memory.
 * The caller has charged somebody before it takes, and refunds after it frees. Context: kernel lock held (or boot).
 */
#pragma once
#include "kernel/mm/frame.h"
#include "kernel/x86_64/arch.h"

extern struct frame_pool machine_frames;
extern uint64_t system_frames; /* how many there were at boot */

void page_init(void);  /* boot: fills the pool from machine.ram */
void *page_take(void); /* zeroed; never fails: it was charged */
void page_free(void *page);
phys_t page_take_run(uint64_t count); /* contiguous, of any content; 0 if memory is too fragmented */
