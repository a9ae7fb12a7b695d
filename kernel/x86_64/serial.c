/*
 * COM1, polled: the kernel's voice before the console server runs, and in a panic.
 */
#include "kernel/x86_64/arch.h"

#define COM1 0x3f8
enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, LINE_CONTROL = 3, MODEM_CONTROL = 4, LINE_STATUS = 5 };
#define DIVISOR_ACCESS 0x80
#define EIGHT_BITS     0x03
#define READY_TO_SEND  0x20

/* Looks at the status this often before a byte is written anyway: a line that hangs must not hang the kernel. */
#define PATIENCE 100000

void serial_init(void)
{
    port_write(COM1 + INTERRUPTS, 1, 0);
    port_write(COM1 + LINE_CONTROL, 1, DIVISOR_ACCESS);
    port_write(COM1 + DATA, 1, 1); /* 115,200 bits a second */
    port_write(COM1 + INTERRUPTS, 1, 0);
    port_write(COM1 + LINE_CONTROL, 1, EIGHT_BITS);
    port_write(COM1 + FIFO, 1, 0x07);          /* on, and empty */
    port_write(COM1 + MODEM_CONTROL, 1, 0x03); /* ready, no interrupts */
}

void serial_write(char byte)
{
    if (byte == '\n')
        serial_write('\r');
    for (unsigned i = 0; i < PATIENCE && !(port_read(COM1 + LINE_STATUS, 1) & READY_TO_SEND); i++)
        cpu_pause();
    port_write(COM1 + DATA, 1, (uint8_t)byte);
}
