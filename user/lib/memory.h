/*
 * Address space and pages, below malloc.
 *
 * Addresses are handed out upwards from HEAP_BASE. A range stays taken until it is released, whatever is mapped in it.
 * Behind each a page is left free, so that who runs beyond one range's end faults before it comes to the next.
 * Typical: sys_memory_create(SELF, n, 0, &memory); p = pages_map(memory, n, RIGHT_READ | RIGHT_WRITE); use;
 * pages_release(p, n, memory). All of it may be called by several threads at once.
 */
#pragma once
#include "user/lib/syscall.h"

/* A free range of `pages` pages, page-aligned; nothing is mapped there yet. Never fails in practice: 0 if it does. */
void *address_reserve(uint64_t pages);

/* Gives a reserved range back; nothing may be mapped in it any more. */
void address_release(void *address, uint64_t pages);

/* Maps the first `pages` pages of `memory` at a fresh address; rights as for sys_map. 0 on failure, nothing kept. */
void *pages_map(handle_t memory, uint64_t pages, unsigned rights);

/* Undoes pages_map: unmaps, deletes the capability `memory`, and releases the addresses. */
void pages_release(void *address, uint64_t pages, handle_t memory);

/* Zeroed, writable pages that stay until the process ends; 0 if the quota or the capability table is exhausted. */
void *pages_allocate(uint64_t pages);
