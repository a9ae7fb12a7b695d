/*
 * Irq and IoPorts objects: what drivers are given of the machine.
 *
 * An Irq is an interrupt vector bound to an ISA pin of an IOAPIC, or to a message-signalled interrupt. When it fires it
 * signals the notification it is bound to; a level-triggered pin stays masked until acknowledged.
 * The roots (one Irq, one IoPorts) name everything and are only good for cutting pieces.
 * Context of everything here: kernel lock held.
 */
#pragma once
#include "kernel/abi/syscall.h"
#include "kernel/ipc/endpoint.h"

struct irq {
    struct object object;
    bool is_root;
    enum irq_kind kind;
    unsigned pin, vector;
    struct notification *notification;
    uint64_t bits;
    struct link link; /* in notification->irqs */
};
static inline struct irq *irq_of(struct object *object)
{
    return container_of(object, struct irq, object);
}
static inline struct irq *irq_of_link(struct link *link)
{
    return container_of(link, struct irq, link);
}

/* kind IRQ_MSI ignores the pin. E_LIMIT: no vector left; E_BUSY: the pin has an Irq. */
int irq_create(struct process *payer, enum irq_kind kind, unsigned pin, handle_t *handle, struct irq **irq);
handle_t irq_create_root(struct process *payer);
/* E_ARGUMENT: the machine has no such pin. */
int irq_bind(struct irq *irq, struct notification *notification, uint64_t bits);
void irq_unbind(struct irq *irq);
void irq_acknowledge(struct irq *irq);
/* An interrupt arrived. Ends it at the local APIC. */
void irq_interrupt(unsigned vector);
bool irq_destroy_step(struct object *object, unsigned budget);

struct ioports {
    struct object object;
    unsigned first, count;
};
static inline struct ioports *ioports_of(struct object *object)
{
    return container_of(object, struct ioports, object);
}
int ioports_create(struct process *payer, unsigned first, unsigned count, handle_t *handle);
bool ioports_destroy_step(struct object *object, unsigned budget);
