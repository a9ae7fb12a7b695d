/*
 * sleep: waits.
 */
#include "user/lib/option.h"
#include "user/lib/time.h"
#include <ctype.h>
#include <stdlib.h>

static const char usage[] = "usage: sleep SECONDS\n"
                            "Waits so many seconds; a fraction is possible: 0.5\n";

/* "1.25" as nanoseconds; false if the text is no such number, or more than 300 years. */
static bool parse_seconds(const char *text, uint64_t *duration)
{
    char *end;
    uint64_t seconds = strtoul(text, &end, 10), place = SECOND / 10;
    if (!isdigit(*text) || seconds > ~0ul / SECOND / 2)
        return false;
    *duration = seconds * SECOND;
    if (*end == '.')
        for (end++; isdigit(*end); end++, place /= 10)
            *duration += (uint64_t)(*end - '0') * place;
    return *end == 0;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    uint64_t duration;
    if (!options.operands[0] || options.operands[1] || !parse_seconds(options.operands[0], &duration))
        option_misuse(&options);
    sleep_nanoseconds(duration);
    return 0;
}
