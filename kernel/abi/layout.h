/*
 * The shape of a user address space, and the limits that both sides must agree on.
 *
 *   0x0000_0000_0000 .. 0x0000_0000_ffff   never mapped (null pointers)
 *   0x0000_1000_0000 ..                    programs, each linked at a base of its own, 16 MiB apart (tools/)
 *   0x0000_7000_0000                       startup block, by convention of the loader (servers/proto/startup.h)
 *   0x1000_0000_0000 ..                    heap and mappings chosen by the library
 *   0x6000_0000_0000 ..                    thread stacks, STACK_SIZE each, aligned to STACK_SIZE
 *   0x7000_0000_0000 ..                    message pages, mapped by the kernel, one per thread
 *   0x7fff_ffff_f000                       last page: never mapped, so that sysret is safe
 */
#pragma once

#define PAGE_SIZE  4096ul
#define PAGE_SHIFT 12

#define USER_FIRST    0x10000ul
#define USER_END      0x7ffffffff000ul
#define MESSAGE_PAGES 0x700000000000ul /* user mappings must lie below */

#define PROGRAM_BASE    0x10000000ul
#define STARTUP_ADDRESS 0x70000000ul
#define HEAP_BASE       0x100000000000ul
#define STACKS_BASE     0x600000000000ul
#define STACK_SIZE      0x10000ul

#define MAX_CPUS         16
#define MAX_THREADS      16384          /* of all processes together */
#define MAX_OWN_THREADS  4096           /* of one process */
#define MAX_CAPABILITIES 16384          /* slots in one process's table */
#define PRIORITIES       32             /* 0 lowest ... 31 highest */
#define MAX_MEMORY_PAGES (480ul * 1024) /* pages in one Memory object */

#define DEADLINE_POLL    0ul  /* do not wait at all */
#define DEADLINE_FOREVER ~0ul /* wait for ever */
