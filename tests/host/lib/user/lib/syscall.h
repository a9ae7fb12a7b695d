/*
 * Stands in for user/lib/syscall.h on the host: the few system calls that the tested parts make, without a kernel.
 * Memory is whatever host.h gives; there is one thread, so nothing ever waits.
 */
#pragma once
#include "kernel/abi/layout.h"
#include "kernel/abi/rights.h"
#include "kernel/abi/status.h"
#include "kernel/abi/syscall.h"
#include <stddef.h>
#include <stdint.h>

/* The handle of a Memory is its number of pages; the test may set a limit to what is given. */
extern uint64_t fake_pages_left;

static inline int sys_memory_create(handle_t process, uint64_t pages, unsigned flags, handle_t *memory)
{
    (void)process, (void)flags;
    if (pages > fake_pages_left)
        return E_QUOTA;
    fake_pages_left -= pages;
    *memory = pages;
    return OK;
}

static inline int sys_cap_delete(handle_t process, handle_t handle)
{
    (void)process, (void)handle;
    return OK;
}

static inline int sys_notification_create(handle_t process, handle_t *notification)
{
    (void)process;
    *notification = 1;
    return OK;
}

static inline int sys_wait(handle_t notification, uint64_t deadline, uint64_t *bits)
{
    (void)notification, (void)deadline;
    *bits = 1;
    return OK;
}

static inline int sys_signal(handle_t notification, uint64_t bits)
{
    (void)notification, (void)bits;
    return OK;
}

static inline int sys_yield(void)
{
    return OK;
}

static inline uint64_t sys_clock(void)
{
    return 0;
}
