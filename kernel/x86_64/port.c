/*
 * Input and output ports.
 */
#include "kernel/x86_64/arch.h"

uint32_t port_read(uint16_t port, unsigned bytes)
{
    uint32_t value = 0;

    if (bytes == 1)
        __asm__ volatile("inb %w1, %b0" : "+a"(value) : "Nd"(port));
    else if (bytes == 2)
        __asm__ volatile("inw %w1, %w0" : "+a"(value) : "Nd"(port));
    else
        __asm__ volatile("inl %w1, %0" : "+a"(value) : "Nd"(port));
    return value;
}

void port_write(uint16_t port, unsigned bytes, uint32_t value)
{
    if (bytes == 1)
        __asm__ volatile("outb %b0, %w1" ::"a"(value), "Nd"(port));
    else if (bytes == 2)
        __asm__ volatile("outw %w0, %w1" ::"a"(value), "Nd"(port));
    else
        __asm__ volatile("outl %0, %w1" ::"a"(value), "Nd"(port));
}
