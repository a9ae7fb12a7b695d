#include "servers/init/words.h"
#include <string.h>

/* All control characters count as blanks, so that a file with carriage returns reads as one without. */
static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

bool line_split(struct line *line, const char *text, uint64_t length)
{
    const char *comment = memchr(text, '#', length);
    if (comment != NULL)
        length = (uint64_t)(comment - text);
    while (length > 0 && is_blank(text[length - 1]))
        length--;
    line->count = 0;
    if (length > LINE_LENGTH)
        return false;
    memcpy(line->text, text, length);
    line->text[length] = '\0';
    for (uint64_t i = 0; i < length; i++) {
        if (is_blank(line->text[i])) {
            line->text[i] = '\0';
        } else if (i == 0 || line->text[i - 1] == '\0') {
            if (line->count == LINE_WORDS)
                return false;
            line->words[line->count++] = &line->text[i];
        }
    }
    return true;
}

/* The value of a digit, or a number that is no digit in any base. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 99;
}

static bool digits_to_number(const char *digits, uint64_t length, unsigned base, uint64_t *number)
{
    *number = 0;
    for (uint64_t i = 0; i < length; i++) {
        unsigned digit = digit_value(digits[i]);
        if (digit >= base || *number > (UINT64_MAX - digit) / base)
            return false;
        *number = *number * base + digit;
    }
    return length > 0;
}

bool word_to_number(const char *word, uint64_t *number)
{
    if (word[0] == '0' && word[1] == 'x')
        return digits_to_number(word + 2, strlen(word + 2), 16, number);
    return digits_to_number(word, strlen(word), 10, number);
}

bool word_to_size(const char *word, uint64_t *bytes)
{
    uint64_t length = strlen(word);
    unsigned shift = 0;
    if (length > 0 && word[length - 1] == 'K')
        shift = 10;
    else if (length > 0 && word[length - 1] == 'M')
        shift = 20;
    if (!digits_to_number(word, shift != 0 ? length - 1 : length, 10, bytes) || *bytes > UINT64_MAX >> shift)
        return false;
    *bytes <<= shift;
    return true;
}
