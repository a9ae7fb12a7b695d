/*
 * The door: every system call that fast.c does not take comes through kernel_syscall(), and leaves through
 * kernel_leave() unless the same thread goes on at once.
 */
#include "kernel/base/check.h"
#include "kernel/base/debug.h"
#include "kernel/base/lock.h"
#include "kernel/base/percpu.h"
#include "kernel/base/trace.h"
#include "kernel/sched/process.h"
#include "kernel/syscall/handlers.h"

static syscall_handler *const handlers[SYSCALL_COUNT] = {
    [SYS_NULL] = sys_null,
    [SYS_SEND] = sys_send,
    [SYS_RECV] = sys_recv,
    [SYS_CALL] = sys_call,
    [SYS_REPLY] = sys_reply,
    [SYS_REPLY_RECV] = sys_reply_recv,
    [SYS_LEASE_READ] = sys_lease_read,
    [SYS_LEASE_WRITE] = sys_lease_write,
    [SYS_SIGNAL] = sys_signal,
    [SYS_WAIT] = sys_wait,
    [SYS_CAP_COPY] = sys_cap_copy,
    [SYS_CAP_MINT] = sys_cap_mint,
    [SYS_CAP_MOVE] = sys_cap_move,
    [SYS_CAP_DELETE] = sys_cap_delete,
    [SYS_CAP_REVOKE] = sys_cap_revoke,
    [SYS_CAP_INFO] = sys_cap_info,
    [SYS_CAP_AT] = sys_cap_at,
    [SYS_PROCESS_CREATE] = sys_process_create,
    [SYS_PROCESS_EXIT] = sys_process_exit,
    [SYS_PROCESS_INFO] = sys_process_info,
    [SYS_PROCESS_COUNTDOWN] = sys_process_countdown,
    [SYS_THREAD_CREATE] = sys_thread_create,
    [SYS_THREAD_SET] = sys_thread_set,
    [SYS_THREAD_EXIT] = sys_thread_exit,
    [SYS_YIELD] = sys_yield,
    [SYS_ENDPOINT_CREATE] = sys_endpoint_create,
    [SYS_NOTIFICATION_CREATE] = sys_notification_create,
    [SYS_ENDPOINT_BIND] = sys_endpoint_bind,
    [SYS_MEMORY_CREATE] = sys_memory_create,
    [SYS_MEMORY_DEVICE] = sys_memory_device,
    [SYS_MEMORY_PHYSICAL] = sys_memory_physical,
    [SYS_MAP] = sys_map,
    [SYS_UNMAP] = sys_unmap,
    [SYS_PROTECT] = sys_protect,
    [SYS_IRQ_CREATE] = sys_irq_create,
    [SYS_IRQ_BIND] = sys_irq_bind,
    [SYS_IRQ_ACKNOWLEDGE] = sys_irq_acknowledge,
    [SYS_IOPORTS_CREATE] = sys_ioports_create,
    [SYS_PORT_READ] = sys_port_read,
    [SYS_PORT_WRITE] = sys_port_write,
    [SYS_PORT_WRITE_BYTES] = sys_port_write_bytes,
    [SYS_CLOCK] = sys_clock,
    [SYS_SYSTEM_INFO] = sys_system_info,
    [SYS_AUDIT] = sys_audit,
    [SYS_ADOPT] = sys_adopt,
};

static struct thread *dispatch(struct thread *self, struct frame *frame)
{
    uint64_t number = frame->rax & 0xff;

    if (number >= SYSCALL_COUNT)
        return answer(self, E_SYSCALL, 0);
    return handlers[number](self, frame);
}

/* Ends a process whose system calls are counted and that has none left. */
static void count_call(struct process *process)
{
    if (process->calls_left && --process->calls_left == 0)
        process_end(process, COUNTDOWN_STATUS);
}

/* A system call while this CPU has a detour to make. */
static APART struct thread *dispatch_by_detour(struct thread *self, struct frame *frame)
{
    unsigned number = frame->rax & 0xff;

    step_begin(percpu());
    count_call(self->process);
    if (number < SYS_SEND || number > SYS_REPLY_RECV) /* messages have records of their own */
        trace(TRACE_SYSCALL, self->number, number, frame->rdi, frame->rsi);
    if (!self->attention)
        return dispatch(self, frame);
    thread_halt(self); /* it must not run user code again */
    return PICK;
}

struct thread *kernel_syscall(struct frame *frame)
{
    if (__builtin_expect(percpu()->detour, 0))
        return dispatch_by_detour(thread_of_frame(frame), frame);
    return dispatch(thread_of_frame(frame), frame);
}

/*
 * A call that goes on in another step may wait for another CPU, and that one for the lock: between two steps it must
 * have its chance, for the lock is not fair.
 */
static void let_others_in(struct percpu *cpu)
{
    cpu->detour &= ~(uint32_t)DETOUR_STEP;
    kernel_unlock();
    cpu_pause();
    kernel_lock();
}

void kernel_leave(struct thread *verdict)
{
    struct percpu *cpu = percpu();
    bool goes_on = cpu->detour & DETOUR_STEP;

    schedule(verdict);
    if (boot_detour & DETOUR_DEBUG)
        debug_step(cpu);
    step_end(cpu);
    if (goes_on)
        let_others_in(cpu);
    kernel_unlock();
}

int resolve_process(struct thread *self, handle_t handle, struct process **process)
{
    struct slot *slot;
    int status;

    *process = self->process;
    if (handle == SELF)
        return OK;
    status = resolve(self, handle, OBJECT_PROCESS, RIGHT_CONTROL, &slot);
    if (status == OK)
        *process = container_of(slot->object, struct process, object);
    return status;
}

struct thread *sys_null(struct thread *self, struct frame *frame)
{
    (void)frame;
    return answer(self, OK, 0);
}

struct thread *sys_yield(struct thread *self, struct frame *frame)
{
    (void)frame;
    answer(self, OK, 0);
    thread_ready(self);
    return PICK;
}
