#include "servers/init/early.h"
#include "user/lib/syscall.h"
#include <stdarg.h>
#include <stdio.h>

#define SERIAL_PORT  0x3f8
#define SERIAL_COUNT 8
#define LINE_STATUS  (SERIAL_PORT + 5)
#define STATUS_EMPTY 0x20 /* the transmitter takes FIFO_BYTES more */
#define FIFO_BYTES   16
#define PATIENCE     1000000 /* polls; a line that never gets ready must not stop the system */

static handle_t ports;

void early_open(handle_t ports_root)
{
    if (sys_ioports_create(ports_root, SERIAL_PORT, SERIAL_COUNT, &ports) != OK)
        ports = 0;
}

static void wait_until_empty(void)
{
    uint64_t status = 0;
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (sys_port_read(ports, LINE_STATUS, 1, &status) != OK || (status & STATUS_EMPTY) != 0)
            return;
    }
}

static void write_bytes(const char *bytes, uint64_t length)
{
    while (length > 0) {
        uint64_t done, count = length < FIFO_BYTES ? length : FIFO_BYTES;
        wait_until_empty();
        if (sys_port_write_bytes(ports, SERIAL_PORT, bytes, count, &done) != OK)
            return;
        bytes += count;
        length -= count;
    }
}

void early_print(const char *format, ...)
{
    char line[256] = "init: ";
    unsigned start = sizeof("init: ") - 1, limit = sizeof(line) - sizeof("\r\n");
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line + start, limit - start, format, arguments);
    va_end(arguments);
    uint64_t end = length < 0 ? start : start + (unsigned)length;
    if (end > limit - 1)
        end = limit - 1;
    line[end++] = '\r';
    line[end++] = '\n';
    write_bytes(line, end);
}
