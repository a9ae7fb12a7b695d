/*
 * Text to numbers.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>

/* The value of a digit, 99 if it is none. */
static int digit_value(int c)
{
    if (isdigit(c))
        return c - '0';
    return isalpha(c) ? tolower(c) - 'a' + 10 : 99;
}

/* Skips "0x" for base 16, and settles what base 0 means. */
static const char *skip_prefix(const char *text, int *base)
{
    bool is_hex = text[0] == '0' && tolower(text[1]) == 'x' && isxdigit(text[2]);
    if (*base == 0)
        *base = is_hex ? 16 : text[0] == '0' ? 8 : 10;
    return *base == 16 && is_hex ? text + 2 : text;
}

/* Digits of `base`; stops at the largest value. *end is `text` if there is no digit. */
static unsigned long parse_digits(const char *text, const char **end, int base)
{
    unsigned long value = 0;
    bool overflow = false;
    *end = text;
    for (text = skip_prefix(text, &base); digit_value(*text) < base; text++, *end = text)
        overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value) ||
                    __builtin_add_overflow(value, (unsigned long)digit_value(*text), &value);
    return overflow ? ~0ul : value;
}

/* Skips spaces and a sign; *negative tells which. */
static const char *skip_sign(const char *text, bool *negative)
{
    while (isspace(*text))
        text++;
    *negative = *text == '-';
    return *text == '-' || *text == '+' ? text + 1 : text;
}

unsigned long strtoul(const char *text, char **end, int base)
{
    bool negative;
    const char *digits = skip_sign(text, &negative), *stop;
    unsigned long value = parse_digits(digits, &stop, base);
    if (end)
        *end = (char *)(stop == digits ? text : stop);
    return negative ? 0ul - value : value;
}

long strtol(const char *text, char **end, int base)
{
    bool negative;
    const char *digits = skip_sign(text, &negative), *stop;
    unsigned long value = parse_digits(digits, &stop, base), limit = (~0ul >> 1) + negative;
    if (end)
        *end = (char *)(stop == digits ? text : stop);
    if (value > limit)
        value = limit;
    return (long)(negative ? 0ul - value : value);
}

int atoi(const char *text)
{
    return (int)strtol(text, 0, 10);
}
