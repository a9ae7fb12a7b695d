/*
 * Interrupts and ports.
 */
#include "kernel/ipc/device.h"

static struct irq *irq_by_vector[VECTOR_IRQ_LAST + 1];

static unsigned free_vector(void)
{
    unsigned vector = VECTOR_IRQ_FIRST;

    while (vector <= VECTOR_IRQ_LAST && irq_by_vector[vector])
        vector++;
    return vector;
}

static bool pin_in_use(unsigned pin)
{
    for (unsigned vector = VECTOR_IRQ_FIRST; vector <= VECTOR_IRQ_LAST; vector++) {
        const struct irq *irq = irq_by_vector[vector];

        if (irq && irq->kind == IRQ_ISA && irq->pin == pin)
            return true;
    }
    return false;
}

int irq_create(struct process *payer, enum irq_kind kind, unsigned pin, handle_t *handle, struct irq **irq)
{
    unsigned vector = free_vector();
    struct slot *slot;
    void *object;
    int status;

    if (vector > VECTOR_IRQ_LAST)
        return E_LIMIT;
    if (kind == IRQ_ISA && pin_in_use(pin))
        return E_BUSY;
    status = object_create(payer, 1, &object, &slot);
    if (status != OK)
        return status;
    *irq = object;
    (*irq)->kind = kind;
    (*irq)->pin = pin;
    (*irq)->vector = vector;
    list_init(&(*irq)->link);
    irq_by_vector[vector] = *irq;
    *handle = object_publish(&(*irq)->object, OBJECT_IRQ, slot);
    return OK;
}

handle_t irq_create_root(struct process *payer)
{
    struct slot *slot;
    void *object;

    if (object_create(payer, 1, &object, &slot) != OK)
        return 0;
    ((struct irq *)object)->is_root = true;
    list_init(&((struct irq *)object)->link);
    return object_publish(&((struct irq *)object)->object, OBJECT_IRQ, slot);
}

int irq_bind(struct irq *irq, struct notification *notification, uint64_t bits)
{
    if (irq->is_root)
        return E_ARGUMENT;
    irq_unbind(irq);
    if (!notification)
        return OK;
    irq->notification = notification;
    irq->bits = bits;
    list_append(&notification->irqs, &irq->link);
    if (irq->kind == IRQ_ISA && !isa_irq_route(irq->pin, irq->vector, percpu_area[0].apic_id)) {
        irq_unbind(irq);
        return E_ARGUMENT;
    }
    return OK;
}

void irq_unbind(struct irq *irq)
{
    if (!irq->notification)
        return;
    if (irq->kind == IRQ_ISA)
        isa_irq_mask(irq->pin, true);
    list_remove(&irq->link);
    irq->notification = 0;
}

void irq_acknowledge(struct irq *irq)
{
    if (irq->notification && irq->kind == IRQ_ISA && isa_irq_is_level(irq->pin))
        isa_irq_mask(irq->pin, false);
}

void irq_interrupt(unsigned vector)
{
    struct irq *irq = vector <= VECTOR_IRQ_LAST ? irq_by_vector[vector] : 0;

    if (irq && irq->kind == IRQ_ISA && isa_irq_is_level(irq->pin))
        isa_irq_mask(irq->pin, true);
    interrupt_end();
    if (irq && irq->notification)
        notification_signal(irq->notification, irq->bits);
}

bool irq_destroy_step(struct object *object, unsigned budget)
{
    struct irq *irq = irq_of(object);

    (void)budget;
    if (irq->is_root)
        return true;
    irq_unbind(irq);
    irq_by_vector[irq->vector] = 0;
    return true;
}

int ioports_create(struct process *payer, unsigned first, unsigned count, handle_t *handle)
{
    struct ioports *ports;
    struct slot *slot;
    void *object;
    int status = object_create(payer, 1, &object, &slot);

    if (status != OK)
        return status;
    ports = object;
    ports->first = first;
    ports->count = count;
    *handle = object_publish(&ports->object, OBJECT_IOPORTS, slot);
    return OK;
}

bool ioports_destroy_step(struct object *object, unsigned budget)
{
    (void)object;
    (void)budget;
    return true;
}
