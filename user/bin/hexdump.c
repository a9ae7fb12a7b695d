/*
 * hexdump: bytes as hexadecimal numbers and as text, sixteen a line; repeated lines become one `*`.
 */
#include "user/lib/file.h"
#include "user/lib/inputs.h"
#include "user/lib/option.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: hexdump [-C] [-n BYTES] [FILE...]\n"
                            "Shows bytes as numbers and text. -n: only so many; -C is understood, and the only form.\n";

#define ROW 16

struct dump {
    uint64_t left;   /* bytes still wanted */
    uint64_t offset; /* of the row being filled */
    size_t filled;   /* bytes in the row */
    bool repeating;  /* the rows before were printed as `*` */
    unsigned char row[ROW], last[ROW];
};

static void print_row(const struct dump *dump)
{
    printf("%08lx", dump->offset);
    for (size_t i = 0; i < ROW; i++) {
        fputs(i % 8 == 0 ? "  " : " ", stdout);
        if (i < dump->filled)
            printf("%02x", dump->row[i]);
        else
            fputs("  ", stdout);
    }
    fputs("  |", stdout);
    for (size_t i = 0; i < dump->filled; i++)
        putchar(isprint(dump->row[i]) ? dump->row[i] : '.');
    puts("|");
}

/* Prints the row, or notes that it repeats the last, and begins the next. */
static void finish_row(struct dump *dump)
{
    bool same = dump->offset > 0 && dump->filled == ROW && memcmp(dump->row, dump->last, ROW) == 0;
    if (!same)
        print_row(dump);
    else if (!dump->repeating)
        puts("*");
    dump->repeating = same;
    memcpy(dump->last, dump->row, ROW);
    dump->offset += dump->filled;
    dump->filled = 0;
}

static int dump_input(void *context, int descriptor, const char *name)
{
    (void)name;
    static unsigned char buffer[16384];
    struct dump *dump = context;
    long length = 0;
    while (dump->left > 0) {
        length = read(descriptor, buffer, dump->left < sizeof(buffer) ? dump->left : sizeof(buffer));
        if (length <= 0)
            break;
        dump->left -= (uint64_t)length;
        for (long i = 0; i < length; i++) {
            dump->row[dump->filled++] = buffer[i];
            if (dump->filled == ROW)
                finish_row(dump);
        }
    }
    return length < 0 ? (int)length : OK;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "Cn:", usage);
    static struct dump dump = {.left = ~0ul};
    for (int letter; (letter = option_next(&options)) != 0;)
        if (letter == 'n')
            dump.left = option_number(&options);
    int result = inputs_process(options.operands, dump_input, &dump);
    if (dump.filled > 0)
        finish_row(&dump);
    if (dump.offset > 0)
        printf("%08lx\n", dump.offset);
    return result;
}
