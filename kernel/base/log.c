/*
 * Printing on the early serial line, and panic.
 */
#include "kernel/base/log.h"
#include "kernel/base/check.h"
#include "kernel/base/percpu.h"
#include "kernel/base/trace.h"
#include "kernel/x86_64/arch.h"

static void print_string(const char *string)
{
    while (*string)
        serial_write(*string++);
}

static void print_number(uint64_t value, unsigned base)
{
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (count)
        serial_write(digits[--count]);
}

static void print_signed(int64_t value)
{
    if (value < 0)
        serial_write('-');
    print_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

/* Prints one conversion; `wide` after an 'l'. */
static void print_conversion(char kind, bool wide, va_list *arguments)
{
    switch (kind) {
    case 's':
        print_string(va_arg(*arguments, const char *));
        break;
    case 'c':
        serial_write((char)va_arg(*arguments, int));
        break;
    case 'd':
        print_signed(wide ? va_arg(*arguments, long) : va_arg(*arguments, int));
        break;
    case 'u':
        print_number(wide ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned), 10);
        break;
    case 'x':
        print_number(wide ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned), 16);
        break;
    case 'p':
        print_string("0x");
        print_number((uint64_t)va_arg(*arguments, void *), 16);
        break;
    default:
        serial_write(kind);
    }
}

void log_print_list(const char *format, va_list arguments)
{
    va_list rest;

    va_copy(rest, arguments);
    for (; *format; format++) {
        bool wide = false;

        if (*format != '%') {
            serial_write(*format);
            continue;
        }
        if (*++format == 'l') {
            wide = true;
            format++;
        }
        if (!*format)
            break;
        print_conversion(*format, wide, &rest);
    }
    va_end(rest);
}

void log_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_print_list(format, arguments);
    va_end(arguments);
}

void panic(const char *format, ...)
{
    static uint32_t panicking;
    va_list arguments;

    /* Pairs with nobody: the first CPU here wins, the others stop silently. */
    if (__atomic_exchange_n(&panicking, 1, __ATOMIC_RELAXED))
        cpu_halt();
    for (unsigned i = 0; i < MAX_CPUS; i++)
        if (percpu_area[i].running && &percpu_area[i] != percpu())
            cpu_send_ipi(&percpu_area[i], IPI_HALT);
    log_print("\nPANIC on cpu%u: ", percpu()->number);
    va_start(arguments, format);
    log_print_list(format, arguments);
    va_end(arguments);
    log_print("\nbacktrace:\n");
    backtrace_print((uint64_t)__builtin_frame_address(0));
    log_print("last events of all CPUs:\n");
    trace_print_last();
    cpu_halt();
}
