/*
 * wc: counts lines, words and bytes.
 */
#include "user/lib/file.h"
#include "user/lib/inputs.h"
#include "user/lib/option.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "usage: wc [-l] [-w] [-c] [FILE...]\n"
                            "Counts lines (-l), words (-w) and bytes (-c); without an option all three.\n";

enum { LINES, WORDS, BYTES, COUNTS };

struct counting {
    bool shown[COUNTS];
    bool single; /* one count of one input: printed without padding */
    unsigned inputs;
    uint64_t total[COUNTS];
};

static void print(const struct counting *counting, const uint64_t counts[COUNTS], const char *name)
{
    const char *gap = "";
    for (unsigned i = 0; i < COUNTS; i++)
        if (counting->shown[i]) {
            printf("%s%*lu", gap, counting->single ? 0 : 7, counts[i]);
            gap = " ";
        }
    printf(name[0] == '-' && !name[1] ? "\n" : " %s\n", name);
}

/* Adds what is in the buffer; *in_word goes on from the piece before. */
static void count_bytes(const char *bytes, long length, uint64_t counts[COUNTS], bool *in_word)
{
    for (long i = 0; i < length; i++) {
        bool space = isspace(bytes[i]);
        counts[LINES] += bytes[i] == '\n';
        counts[WORDS] += !space && !*in_word;
        *in_word = !space;
    }
    counts[BYTES] += (uint64_t)length;
}

static int count_input(void *context, int descriptor, const char *name)
{
    static char buffer[65536];
    struct counting *counting = context;
    uint64_t counts[COUNTS] = {0};
    bool in_word = false;
    long length;
    while ((length = read(descriptor, buffer, sizeof(buffer))) > 0)
        count_bytes(buffer, length, counts, &in_word);
    for (unsigned i = 0; i < COUNTS; i++)
        counting->total[i] += counts[i];
    counting->inputs++;
    print(counting, counts, name);
    return length < 0 ? (int)length : OK;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "lwc", usage);
    struct counting counting = {0};
    unsigned shown = 0;
    for (int letter; (letter = option_next(&options)) != 0;)
        counting.shown[letter == 'l' ? LINES : letter == 'w' ? WORDS : BYTES] = true;
    for (unsigned i = 0; i < COUNTS; i++)
        shown += counting.shown[i];
    for (unsigned i = 0; i < COUNTS && shown == 0; i++)
        counting.shown[i] = true;
    counting.single = shown == 1 && !(options.operands[0] && options.operands[1]);
    int result = inputs_process(options.operands, count_input, &counting);
    if (counting.inputs > 1)
        print(&counting, counting.total, "total");
    return result;
}
