/*
 * System calls on interrupts and ports.
 */
#include "kernel/ipc/device.h"
#include "kernel/mm/usercopy.h"
#include "kernel/syscall/handlers.h"

static int resolve_irq(struct thread *self, handle_t handle, unsigned rights, struct irq **irq)
{
    struct slot *slot;
    int status = resolve(self, handle, OBJECT_IRQ, rights, &slot);

    if (status == OK)
        *irq = irq_of(slot->object);
    return status;
}

struct thread *sys_irq_create(struct thread *self, struct frame *frame)
{
    handle_t handle = 0;
    struct irq *root, *irq;
    uint64_t address;
    uint32_t data;
    int status = resolve_irq(self, frame->rdi, RIGHT_MINT, &root);

    if (status == OK && (!root->is_root || frame->rsi > IRQ_MSI || frame->rdx > 15))
        status = E_ARGUMENT;
    if (status == OK)
        status = irq_create(self->process, (enum irq_kind)frame->rsi, (unsigned)frame->rdx, &handle, &irq);
    if (status == OK && irq->kind == IRQ_MSI) {
        msi_address(irq->vector, percpu_area[0].apic_id, &address, &data);
        frame->rsi = address;
        frame->r10 = data;
    }
    return answer(self, status, handle);
}

struct thread *sys_irq_bind(struct thread *self, struct frame *frame)
{
    struct slot *notification = 0;
    struct irq *irq;
    int status = resolve_irq(self, frame->rdi, RIGHT_CONTROL, &irq);

    if (status == OK && frame->rsi)
        status = resolve(self, frame->rsi, OBJECT_NOTIFICATION, RIGHT_SIGNAL, &notification);
    if (status == OK)
        status = irq_bind(irq, notification ? notification_of(notification->object) : 0, frame->rdx);
    return answer(self, status, 0);
}

struct thread *sys_irq_acknowledge(struct thread *self, struct frame *frame)
{
    struct irq *irq;
    int status = resolve_irq(self, frame->rdi, RIGHT_CONTROL, &irq);

    if (status == OK)
        irq_acknowledge(irq);
    return answer(self, status, 0);
}

static int resolve_ports(struct thread *self, handle_t handle, unsigned rights, struct ioports **ports)
{
    struct slot *slot;
    int status = resolve(self, handle, OBJECT_IOPORTS, rights, &slot);

    if (status == OK)
        *ports = ioports_of(slot->object);
    return status;
}

/* Are `count` ports from `first` on all among these? */
static bool covers(const struct ioports *ports, uint64_t first, uint64_t count)
{
    return first >= ports->first && first < ports->first + ports->count && count <= ports->first + ports->count - first;
}

struct thread *sys_ioports_create(struct thread *self, struct frame *frame)
{
    struct ioports *root;
    handle_t handle = 0;
    int status = resolve_ports(self, frame->rdi, RIGHT_MINT, &root);

    if (status == OK && (!frame->rdx || !covers(root, frame->rsi, frame->rdx)))
        status = E_ARGUMENT;
    if (status == OK)
        status = ioports_create(self->process, (unsigned)frame->rsi, (unsigned)frame->rdx, &handle);
    if (status == OK) /* a piece gives no more than what it was cut from */
        slot_find(&self->process->table, handle)->rights &= slot_find(&self->process->table, frame->rdi)->rights;
    return answer(self, status, handle);
}

static int resolve_access(struct thread *self, struct frame *frame, unsigned rights)
{
    struct ioports *ports;
    int status = resolve_ports(self, frame->rdi, rights, &ports);

    if (status == OK &&
        ((frame->rdx != 1 && frame->rdx != 2 && frame->rdx != 4) || !covers(ports, frame->rsi, frame->rdx)))
        status = E_ARGUMENT;
    return status;
}

struct thread *sys_port_read(struct thread *self, struct frame *frame)
{
    uint64_t value = 0, *taken = 0;
    int status = resolve_access(self, frame, RIGHT_READ);

    if (status == OK && frame->r10 % (2 * sizeof(*taken)))
        status = E_ARGUMENT;
    if (status == OK && frame->r10 && !(taken = space_access(&self->process->space, frame->r10, true)))
        status = E_ADDRESS;
    if (status == OK)
        value = port_read((uint16_t)frame->rsi, (unsigned)frame->rdx);
    if (taken) {
        taken[0] = value;
        taken[1]++;
    }
    return answer(self, status, value);
}

struct thread *sys_port_write(struct thread *self, struct frame *frame)
{
    int status = resolve_access(self, frame, RIGHT_WRITE);

    if (status == OK)
        port_write((uint16_t)frame->rsi, (unsigned)frame->rdx, (uint32_t)frame->r10);
    return answer(self, status, 0);
}

#define MOST_BYTES 256

struct thread *sys_port_write_bytes(struct thread *self, struct frame *frame)
{
    uint64_t length = frame->r10, copied = 0, *counter = 0;
    uint8_t bytes[MOST_BYTES];
    struct ioports *ports;
    int status = resolve_ports(self, frame->rdi, RIGHT_WRITE, &ports);

    if (status == OK && (!length || length > MOST_BYTES || frame->r8 % 8 || !covers(ports, frame->rsi, 1)))
        status = E_ARGUMENT;
    if (status == OK && frame->r8 && !(counter = space_access(&self->process->space, frame->r8, true)))
        status = E_ADDRESS;
    if (status == OK) {
        copied = copy_from_user(&self->process->space, bytes, frame->rdx, length);
        if (copied < length)
            status = E_ADDRESS;
    }
    for (uint64_t i = 0; i < copied; i++)
        port_write((uint16_t)frame->rsi, 1, bytes[i]);
    if (counter)
        *counter += copied;
    return answer(self, status, copied);
}
