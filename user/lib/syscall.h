/*
 * System call stubs: one inline function a call, named and ordered as in kernel/abi/syscall.h, which is the manual.
 *
 * Each returns a status (kernel/abi/status.h); calls with a value store it through the last pointer.
 */
#pragma once
#include "kernel/abi/layout.h"
#include "kernel/abi/rights.h"
#include "kernel/abi/status.h"
#include "kernel/abi/syscall.h"
#include <stddef.h>
#include <stdint.h>

/* rdi, rsi and r10 also carry second results out, for the two calls that have them. */
struct syscall_result {
    uint64_t status, value, second, third;
};

static inline struct syscall_result syscall6(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                                             uint64_t e, uint64_t f)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    register uint64_t r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "+a"(number), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
                     :
                     : "rcx", "r11", "memory");
    return (struct syscall_result){number, c, b, r10};
}

static inline int syscall_status(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                                 uint64_t f)
{
    return (int)syscall6(number, a, b, c, d, e, f).status;
}

static inline int syscall_value(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                                uint64_t *value)
{
    struct syscall_result result = syscall6(number, a, b, c, d, e, f);
    *value = result.value;
    return (int)result.status;
}

/* The cost of the door, with nothing carried through it. */
static inline int sys_null(void)
{
    uint64_t number = SYS_NULL;

    __asm__ volatile("syscall" : "+a"(number) : : "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "memory");
    return (int)number;
}

/* *done counts the bytes copied, also with E_LEASE and E_ADDRESS. */
static inline int sys_lease_read(uint64_t token, unsigned index, uint64_t offset, void *buffer, uint64_t length,
                                 uint64_t *done)
{
    return syscall_value(SYS_LEASE_READ, token, index, offset, (uint64_t)buffer, length, 0, done);
}

static inline int sys_lease_write(uint64_t token, unsigned index, uint64_t offset, const void *buffer, uint64_t length,
                                  uint64_t *done)
{
    return syscall_value(SYS_LEASE_WRITE, token, index, offset, (uint64_t)buffer, length, 0, done);
}

static inline int sys_signal(handle_t notification, uint64_t bits)
{
    return syscall_status(SYS_SIGNAL, notification, bits, 0, 0, 0, 0);
}

static inline int sys_wait(handle_t notification, uint64_t deadline, uint64_t *bits)
{
    return syscall_value(SYS_WAIT, notification, deadline, 0, 0, 0, 0, bits);
}

static inline int sys_cap_copy(handle_t from, handle_t handle, handle_t to, unsigned rights, handle_t *copy)
{
    return syscall_value(SYS_CAP_COPY, from, handle, to, rights, 0, 0, copy);
}

static inline int sys_cap_mint(handle_t from, handle_t handle, handle_t to, unsigned rights, uint64_t badge, int armed,
                               handle_t *minted)
{
    return syscall_value(SYS_CAP_MINT, from, handle, to, rights, badge, (uint64_t)armed, minted);
}

static inline int sys_cap_move(handle_t from, handle_t handle, handle_t to, handle_t *moved)
{
    return syscall_value(SYS_CAP_MOVE, from, handle, to, 0, 0, 0, moved);
}

static inline int sys_cap_delete(handle_t process, handle_t handle)
{
    return syscall_status(SYS_CAP_DELETE, process, handle, 0, 0, 0, 0);
}

static inline int sys_cap_revoke(handle_t process, handle_t handle)
{
    return syscall_status(SYS_CAP_REVOKE, process, handle, 0, 0, 0, 0);
}

static inline int sys_cap_info(handle_t process, handle_t handle, unsigned *type, unsigned *rights, uint64_t *badge)
{
    struct syscall_result result = syscall6(SYS_CAP_INFO, process, handle, 0, 0, 0, 0);
    *type = (unsigned)(result.value & 0xff);
    *rights = (unsigned)(result.value >> 8);
    *badge = result.second;
    return (int)result.status;
}

static inline int sys_cap_at(handle_t process, uint64_t index, handle_t *handle)
{
    return syscall_value(SYS_CAP_AT, process, index, 0, 0, 0, 0, handle);
}

static inline int sys_process_create(uint64_t quota, handle_t fault_endpoint, unsigned priority, handle_t *process)
{
    return syscall_value(SYS_PROCESS_CREATE, quota, fault_endpoint, priority, SELF, 0, 0, process);
}

/* In the table of `payer`, and from its quota. */
static inline int sys_process_create_in(handle_t payer, uint64_t quota, handle_t fault_endpoint, unsigned priority,
                                        handle_t *process)
{
    return syscall_value(SYS_PROCESS_CREATE, quota, fault_endpoint, priority, payer, 0, 0, process);
}

static inline _Noreturn void sys_process_exit(uint64_t exit_status)
{
    syscall6(SYS_PROCESS_EXIT, exit_status, 0, 0, 0, 0, 0);
    __builtin_unreachable();
}

static inline int sys_process_info(handle_t process, enum process_info what, uint64_t *value)
{
    return syscall_value(SYS_PROCESS_INFO, process, what, 0, 0, 0, 0, value);
}

static inline int sys_process_countdown(handle_t process, uint64_t calls)
{
    return syscall_status(SYS_PROCESS_COUNTDOWN, process, calls, 0, 0, 0, 0);
}

static inline int sys_thread_create(handle_t process, uint64_t entry, uint64_t stack, uint64_t argument,
                                    unsigned priority, uint64_t affinity, handle_t *thread)
{
    return syscall_value(SYS_THREAD_CREATE, process, entry, stack, argument, priority | affinity << 8, 0, thread);
}

static inline int sys_thread_set(handle_t thread, unsigned priority, uint64_t affinity)
{
    return syscall_status(SYS_THREAD_SET, thread, priority | affinity << 8, 0, 0, 0, 0);
}

static inline _Noreturn void sys_thread_exit(void)
{
    syscall6(SYS_THREAD_EXIT, 0, 0, 0, 0, 0, 0);
    __builtin_unreachable();
}

static inline int sys_yield(void)
{
    return syscall_status(SYS_YIELD, 0, 0, 0, 0, 0, 0);
}

static inline int sys_endpoint_create(handle_t process, handle_t *endpoint)
{
    return syscall_value(SYS_ENDPOINT_CREATE, process, 0, 0, 0, 0, 0, endpoint);
}

static inline int sys_notification_create(handle_t process, handle_t *notification)
{
    return syscall_value(SYS_NOTIFICATION_CREATE, process, 0, 0, 0, 0, 0, notification);
}

static inline int sys_endpoint_bind(handle_t endpoint, handle_t notification)
{
    return syscall_status(SYS_ENDPOINT_BIND, endpoint, notification, 0, 0, 0, 0);
}

static inline int sys_memory_create(handle_t process, uint64_t pages, unsigned flags, handle_t *memory)
{
    return syscall_value(SYS_MEMORY_CREATE, process, pages, flags, 0, 0, 0, memory);
}

static inline int sys_memory_device(handle_t root, uint64_t physical, uint64_t pages, unsigned flags, handle_t *memory)
{
    return syscall_value(SYS_MEMORY_DEVICE, root, physical, pages, flags, 0, 0, memory);
}

static inline int sys_memory_physical(handle_t memory, uint64_t page, uint64_t *physical)
{
    return syscall_value(SYS_MEMORY_PHYSICAL, memory, page, 0, 0, 0, 0, physical);
}

static inline int sys_map(handle_t process, handle_t memory, void *address, uint64_t first, uint64_t pages,
                          unsigned rights)
{
    return syscall_status(SYS_MAP, process, memory, (uint64_t)address, first, pages, rights);
}

static inline int sys_unmap(handle_t process, handle_t memory)
{
    return syscall_status(SYS_UNMAP, process, memory, 0, 0, 0, 0);
}

static inline int sys_protect(handle_t process, handle_t memory, unsigned rights)
{
    return syscall_status(SYS_PROTECT, process, memory, rights, 0, 0, 0);
}

static inline int sys_irq_create_isa(handle_t root, unsigned pin, handle_t *irq)
{
    return syscall_value(SYS_IRQ_CREATE, root, IRQ_ISA, pin, 0, 0, 0, irq);
}

/* *address and *data are what the device must write to interrupt. */
static inline int sys_irq_create_msi(handle_t root, handle_t *irq, uint64_t *address, uint32_t *data)
{
    struct syscall_result result = syscall6(SYS_IRQ_CREATE, root, IRQ_MSI, 0, 0, 0, 0);
    *irq = result.value;
    *address = result.second;
    *data = (uint32_t)result.third;
    return (int)result.status;
}

static inline int sys_irq_bind(handle_t irq, handle_t notification, uint64_t bits)
{
    return syscall_status(SYS_IRQ_BIND, irq, notification, bits, 0, 0, 0);
}

static inline int sys_irq_acknowledge(handle_t irq)
{
    return syscall_status(SYS_IRQ_ACKNOWLEDGE, irq, 0, 0, 0, 0, 0);
}

static inline int sys_ioports_create(handle_t root, unsigned first, unsigned count, handle_t *ports)
{
    return syscall_value(SYS_IOPORTS_CREATE, root, first, count, 0, 0, 0, ports);
}

static inline int sys_port_read(handle_t ports, unsigned port, unsigned bytes, uint64_t *value)
{
    return syscall_value(SYS_PORT_READ, ports, port, bytes, 0, 0, 0, value);
}

/* What was taken from a device, and how often something was. */
struct port_input {
    uint64_t value, count;
} __attribute__((aligned(16)));

static inline int sys_port_read_counted(handle_t ports, unsigned port, unsigned bytes, struct port_input *input)
{
    return syscall_status(SYS_PORT_READ, ports, port, bytes, (uint64_t)input, 0, 0);
}

static inline int sys_port_write(handle_t ports, unsigned port, unsigned bytes, uint64_t value)
{
    return syscall_status(SYS_PORT_WRITE, ports, port, bytes, value, 0, 0);
}

static inline int sys_port_write_bytes(handle_t ports, unsigned port, const void *buffer, uint64_t length,
                                       uint64_t *done)
{
    return syscall_value(SYS_PORT_WRITE_BYTES, ports, port, (uint64_t)buffer, length, 0, 0, done);
}

static inline int sys_port_write_counted(handle_t ports, unsigned port, const void *buffer, uint64_t length,
                                         uint64_t *counter, uint64_t *done)
{
    return syscall_value(SYS_PORT_WRITE_BYTES, ports, port, (uint64_t)buffer, length, (uint64_t)counter, 0, done);
}

static inline uint64_t sys_clock(void)
{
    return syscall6(SYS_CLOCK, 0, 0, 0, 0, 0, 0).value;
}

static inline uint64_t sys_system_info(enum system_info what)
{
    return syscall6(SYS_SYSTEM_INFO, what, 0, 0, 0, 0, 0).value;
}

static inline int sys_adopt(uint64_t token)
{
    return syscall_status(SYS_ADOPT, token, 0, 0, 0, 0, 0);
}

static inline int sys_audit(handle_t process, uint64_t *capabilities)
{
    return syscall_value(SYS_AUDIT, process, 0, 0, 0, 0, 0, capabilities);
}
