/*
 * ps: the processes that run.
 */
#include "user/lib/complain.h"
#include "user/lib/option.h"
#include "user/lib/process.h"
#include <stdio.h>
#include <stdlib.h>

static const char usage[] = "usage: ps\n"
                            "Lists the processes: number, parent (0: the system), state, threads, memory, CPU time.\n";

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    struct process_record *records;
    long length = process_list(&records);
    if (length < 0)
        return complain("process server", (int)length);
    puts("NUMBER PARENT STATE   THREADS    MEMORY       TIME NAME");
    for (long i = 0; i < length; i++) {
        const struct process_record *r = &records[i];
        unsigned long milliseconds = r->time / 1000000;
        printf("%6u %6u %-7s %7u %5lu KiB %6lu.%03lu %.*s\n", r->number, r->parent,
               r->state == STATE_ENDED ? "ended" : "running", r->threads, r->memory / 1024, milliseconds / 1000,
               milliseconds % 1000, PROCESS_NAME, r->name);
    }
    free(records);
    return 0;
}
