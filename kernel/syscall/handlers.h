/*
 * The ordinary system calls, one handler each, all of one shape: unpack the frame, resolve capabilities and rights,
 * check ranges, act, answer. Arguments: rdi rsi rdx r10 r8 r9. The manual is kernel/abi/syscall.h.
 */
#pragma once
#include "kernel/abi/syscall.h"
#include "kernel/ipc/ipc.h"

typedef struct thread *syscall_handler(struct thread *self, struct frame *frame);

/* The process that a `process` argument names: SELF, or a Process capability with RIGHT_CONTROL. */
int resolve_process(struct thread *self, handle_t handle, struct process **process);
/* A capability of the caller. */
static inline int resolve(struct thread *self, handle_t handle, enum object_type type, unsigned rights,
                          struct slot **slot)
{
    return slot_resolve(&self->process->table, handle, type, rights, slot);
}

syscall_handler sys_null, sys_yield, sys_clock, sys_system_info, sys_audit;
syscall_handler sys_cap_copy, sys_cap_mint, sys_cap_move, sys_cap_delete, sys_cap_revoke, sys_cap_info, sys_cap_at;
syscall_handler sys_process_create, sys_process_exit, sys_process_info, sys_process_countdown;
syscall_handler sys_thread_create, sys_thread_set, sys_thread_exit;
syscall_handler sys_endpoint_create, sys_notification_create, sys_endpoint_bind;
syscall_handler sys_memory_create, sys_memory_device, sys_memory_physical, sys_map, sys_unmap, sys_protect;
syscall_handler sys_irq_create, sys_irq_bind, sys_irq_acknowledge;
syscall_handler sys_ioports_create, sys_port_read, sys_port_write, sys_port_write_bytes;
