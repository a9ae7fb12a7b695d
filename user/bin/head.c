/*
 * head: the beginning of files.
 */
#include "user/lib/file.h"
#include "user/lib/inputs.h"
#include "user/lib/option.h"
#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: head [-n LINES | -c BYTES] [FILE...]\n"
                            "Prints the first 10 lines, or as many lines or bytes as the option says.\n";

struct beginning {
    uint64_t count;
    bool lines; /* otherwise bytes */
};

/* How much of the piece belongs to the beginning; *left counts what is still missing after it. */
static size_t wanted_part(const char *piece, size_t length, const struct beginning *beginning, uint64_t *left)
{
    size_t part = 0;
    if (!beginning->lines) {
        part = length < *left ? length : *left;
        *left -= part;
        return part;
    }
    while (part<length && * left> 0)
        *left -= piece[part++] == '\n';
    return part;
}

static int print_beginning(void *context, int descriptor, const char *name)
{
    (void)name;
    static char buffer[16384];
    const struct beginning *beginning = context;
    uint64_t left = beginning->count;
    long length = 0;
    while (left > 0 && (length = read(descriptor, buffer, sizeof(buffer))) > 0)
        fwrite(buffer, 1, wanted_part(buffer, (size_t)length, beginning, &left), stdout);
    return length < 0 ? (int)length : OK;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "n:c:", usage);
    struct beginning beginning = {10, true};
    for (int letter; (letter = option_next(&options)) != 0;)
        beginning = (struct beginning){option_number(&options), letter == 'n'};
    return inputs_process(options.operands, print_beginning, &beginning);
}
