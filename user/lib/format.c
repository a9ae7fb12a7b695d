/*
 * printf's conversions: a format is split into plain text and conversions; each conversion is parsed into a struct and
 * then written as padding, prefix, zeros and digits.
 */
#include "user/lib/format.h"
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct output {
    format_sink *sink;
    void *context;
    int length;
};

struct conversion {
    bool left, zero, alternate;
    char sign;      /* what a positive number starts with: '+', ' ', or 0 for nothing */
    int width;      /* least number of characters */
    int precision;  /* digits at least, characters of a string at most; -1 if not given */
    unsigned bytes; /* size of the integer argument */
};

static void put(struct output *out, const char *text, size_t length)
{
    if (length > 0)
        out->sink(out->context, text, length);
    out->length += (int)length;
}

static void put_repeated(struct output *out, char c, int count)
{
    for (; count > 0; count--)
        put(out, &c, 1);
}

/* A number or `*`; a missing number is 0. */
static int parse_count(const char **format, va_list *arguments)
{
    if (**format == '*') {
        (*format)++;
        return va_arg(*arguments, int);
    }
    int value = 0;
    for (; isdigit(**format); (*format)++)
        value = value < 100000 ? value * 10 + (**format - '0') : value;
    return value;
}

/* Returns the position after the flags. */
static const char *parse_flags(const char *format, struct conversion *c)
{
    for (;; format++) {
        if (*format == '-')
            c->left = true;
        else if (*format == '0')
            c->zero = true;
        else if (*format == '#')
            c->alternate = true;
        else if (*format == '+' || (*format == ' ' && !c->sign))
            c->sign = *format;
        else
            return format;
    }
}

/* hh, h, l, ll, z. */
static const char *parse_length(const char *format, struct conversion *c)
{
    c->bytes = sizeof(int);
    for (; *format == 'h'; format++)
        c->bytes /= 2;
    for (; *format == 'l' || *format == 'z'; format++)
        c->bytes = sizeof(long);
    return format;
}

/* Everything between '%' and the conversion's letter. */
static const char *parse_conversion(const char *format, struct conversion *c, va_list *arguments)
{
    *c = (struct conversion){.precision = -1};
    format = parse_flags(format, c);
    c->width = parse_count(&format, arguments);
    if (c->width < 0) {
        c->left = true;
        c->width = -c->width;
    }
    if (*format == '.') {
        format++;
        c->precision = parse_count(&format, arguments);
    }
    return parse_length(format, c);
}

/* `prefix` and `text`, with spaces around them or zeros between them up to the width. */
static void put_field(struct output *out, const struct conversion *c, const char *prefix, const char *text, int length)
{
    int zeros = c->precision > length ? c->precision - length : 0;
    int padding = c->width - (int)strlen(prefix) - zeros - length;
    if (c->zero && !c->left && c->precision < 0 && padding > 0) {
        zeros = padding;
        padding = 0;
    }
    if (!c->left)
        put_repeated(out, ' ', padding);
    put(out, prefix, strlen(prefix));
    put_repeated(out, '0', zeros);
    put(out, text, (size_t)length);
    if (c->left)
        put_repeated(out, ' ', padding);
}

static void put_number(struct output *out, const struct conversion *c, const char *prefix, uint64_t value,
                       unsigned base_and_case)
{
    char digits[24];
    const char *alphabet = base_and_case == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned base = base_and_case == 'o' ? 8 : base_and_case == 'd' ? 10 : 16;
    int length = 0;
    for (; value > 0 || (length == 0 && c->precision != 0); value /= base)
        digits[sizeof(digits) - (size_t)++length] = alphabet[value % base];
    put_field(out, c, prefix, digits + sizeof(digits) - length, length);
}

static void put_signed(struct output *out, const struct conversion *c, va_list *arguments)
{
    int64_t value = c->bytes == sizeof(long) ? va_arg(*arguments, long) : va_arg(*arguments, int);
    if (c->bytes == sizeof(short))
        value = (short)value;
    if (c->bytes == sizeof(char))
        value = (signed char)value;
    char prefix[2] = {value < 0 ? '-' : c->sign, 0};
    put_number(out, c, prefix, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 'd');
}

static void put_unsigned(struct output *out, const struct conversion *c, char letter, va_list *arguments)
{
    uint64_t value = c->bytes == sizeof(long) ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
    if (c->bytes < sizeof(int))
        value &= (1ul << 8 * c->bytes) - 1;
    const char *prefix = "";
    if (c->alternate && value != 0)
        prefix = letter == 'x' ? "0x" : letter == 'X' ? "0X" : letter == 'o' ? "0" : "";
    put_number(out, c, prefix, value, letter == 'u' ? 'd' : (unsigned char)letter);
}

static void put_string(struct output *out, const struct conversion *c, const char *text)
{
    if (!text)
        text = "(null)";
    size_t length = c->precision >= 0 ? strnlen(text, (size_t)c->precision) : strlen(text);
    struct conversion plain = {.left = c->left, .width = c->width, .precision = -1};
    put_field(out, &plain, "", text, (int)length);
}

/* Writes one conversion; a letter that is none is written as it stands. */
static void put_conversion(struct output *out, struct conversion *c, char letter, va_list *arguments)
{
    char character;
    switch (letter) {
    case 'd':
    case 'i':
        put_signed(out, c, arguments);
        break;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        put_unsigned(out, c, letter, arguments);
        break;
    case 'p':
        put_number(out, c, "0x", (uint64_t)va_arg(*arguments, void *), 'x');
        break;
    case 's':
        put_string(out, c, va_arg(*arguments, const char *));
        break;
    case 'c':
        character = (char)va_arg(*arguments, int);
        c->zero = false;
        c->precision = -1;
        put_field(out, c, "", &character, 1);
        break;
    default:
        put(out, &letter, 1);
    }
}

int format_text(format_sink *sink, void *context, const char *format, va_list arguments)
{
    struct output out = {sink, context, 0};
    va_list rest;
    va_copy(rest, arguments);
    while (*format) {
        size_t plain = 0;
        while (format[plain] && format[plain] != '%')
            plain++;
        put(&out, format, plain);
        format += plain;
        if (!*format)
            break;
        struct conversion conversion;
        format = parse_conversion(format + 1, &conversion, &rest);
        if (*format)
            put_conversion(&out, &conversion, *format++, &rest);
    }
    va_end(rest);
    return out.length;
}
