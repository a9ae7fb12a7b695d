#include "servers/init/clock.h"
#include "user/lib/syscall.h"
#include "user/lib/time.h"
#include <stdbool.h>
#include <string.h>

#define CLOCK_PORT  0x70 /* register number; the value is at the next port */
#define CLOCK_COUNT 2
#define ATTEMPTS    1000

enum clock_register {
    REGISTER_SECOND = 0,
    REGISTER_MINUTE = 2,
    REGISTER_HOUR = 4,
    REGISTER_DAY = 7,
    REGISTER_MONTH = 8,
    REGISTER_YEAR = 9,
    REGISTER_A = 10, /* bit 7: the registers are changing */
    REGISTER_B = 11,
};
enum format_bits { FORMAT_24_HOURS = 2, FORMAT_BINARY = 4 };
#define UPDATING  0x80
#define AFTERNOON 0x80 /* in the hour, on a 12-hour clock */

static unsigned from_decimal(uint8_t value, uint8_t format)
{
    return format & FORMAT_BINARY ? value : (value >> 4) * 10u + (value & 15);
}

static unsigned hour_of_day(uint8_t hour, uint8_t format)
{
    if (format & FORMAT_24_HOURS)
        return from_decimal(hour, format);
    return from_decimal(hour & ~AFTERNOON, format) % 12 + (hour & AFTERNOON ? 12 : 0);
}

/* Days from 1970-01-01 to a day of 2000 to 2099; in these years every fourth is a leap year. */
static uint64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
    static const uint16_t before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned leap_days = (year - 1968) / 4; /* 29th of February in 1972, 1976, ... up to and with `year` */
    if (year % 4 == 0 && month < 3)
        leap_days--;
    return (year - 1970) * 365ul + leap_days + before[month - 1] + day - 1;
}

uint64_t clock_to_seconds(struct clock_registers registers)
{
    uint8_t format = registers.format;
    unsigned year = from_decimal(registers.year, format), month = from_decimal(registers.month, format);
    unsigned day = from_decimal(registers.day, format), hour = hour_of_day(registers.hour, format);
    unsigned minute = from_decimal(registers.minute, format), second = from_decimal(registers.second, format);
    if (year > 99 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return 0;
    return ((days_since_1970(2000 + year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

static uint8_t read_register(handle_t ports, enum clock_register number)
{
    uint64_t value = 0;
    sys_port_write(ports, CLOCK_PORT, 1, number);
    sys_port_read(ports, CLOCK_PORT + 1, 1, &value);
    return (uint8_t)value;
}

static struct clock_registers read_registers(handle_t ports)
{
    return (struct clock_registers){
        .second = read_register(ports, REGISTER_SECOND),
        .minute = read_register(ports, REGISTER_MINUTE),
        .hour = read_register(ports, REGISTER_HOUR),
        .day = read_register(ports, REGISTER_DAY),
        .month = read_register(ports, REGISTER_MONTH),
        .year = read_register(ports, REGISTER_YEAR),
        .format = read_register(ports, REGISTER_B),
    };
}

/* Two readings that agree, with no update announced before the first: then no update fell between its registers. */
static bool read_consistently(handle_t ports, struct clock_registers *registers)
{
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        if (read_register(ports, REGISTER_A) & UPDATING)
            continue;
        *registers = read_registers(ports);
        struct clock_registers again = read_registers(ports);
        if (memcmp(registers, &again, sizeof(again)) == 0)
            return true;
    }
    return false;
}

uint64_t clock_read_boot_time(handle_t ports_root)
{
    handle_t ports;
    struct clock_registers registers;
    if (sys_ioports_create(ports_root, CLOCK_PORT, CLOCK_COUNT, &ports) != OK)
        return 0;
    uint64_t now = read_consistently(ports, &registers) ? clock_to_seconds(registers) : 0;
    sys_cap_delete(SELF, ports);
    uint64_t running = sys_clock() / SECOND;
    return now > running ? now - running : 0;
}
