/*
 * date: the time of day.
 */
#include "user/lib/option.h"
#include "user/lib/time.h"
#include <stdio.h>

static const char usage[] = "usage: date [-s]\n"
                            "Prints date and time in UTC; -s: as seconds since 1970.\n";

int main(int count, char *arguments[])
{
    (void)count;
    static const char weekdays[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct options options = options_start(arguments, "s", usage);
    uint64_t now = time_now();
    if (option_next(&options)) {
        printf("%lu\n", now);
        return 0;
    }
    struct calendar c = calendar_from_seconds(now);
    printf("%s %04u-%02u-%02u %02u:%02u:%02u UTC\n", weekdays[c.weekday], c.year, c.month, c.day, c.hour, c.minute,
           c.second);
    return 0;
}
