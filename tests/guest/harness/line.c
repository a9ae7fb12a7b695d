#include "tests/guest/harness/line.h"
#include "user/lib/startup.h"
#include "user/lib/syscall.h"
#include <stdarg.h>
#include <stdio.h>

#define COM1            0x3f8
#define LINE_STATUS     (COM1 + 5)
#define READY_TO_SEND   0x20
#define PATIENCE        1000000 /* looks at the line status; a line that hangs must not hang the test */
#define POWER_OFF       0x2000
#define MOST_CHARACTERS 400

void line_put(char byte)
{
    uint64_t status = 0;
    for (unsigned i = 0; i < PATIENCE && !(status & READY_TO_SEND); i++)
        sys_port_read(bootinfo()->ports, LINE_STATUS, 1, &status);
    sys_port_write(bootinfo()->ports, COM1, 1, (uint8_t)byte);
}

void line_print(const char *format, ...)
{
    char text[MOST_CHARACTERS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    for (const char *next = text; *next; next++)
        line_put(*next);
}

void line_power_off(void)
{
    if (bootinfo()->power_port)
        sys_port_write(bootinfo()->ports, bootinfo()->power_port, 2, POWER_OFF);
    for (;;)
        sys_yield();
}
