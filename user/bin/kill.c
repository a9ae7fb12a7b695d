/*
 * kill: ends processes and servers.
 */
#include "user/lib/operands.h"
#include "user/lib/process.h"
#include "user/lib/supervisor.h"
#include <stdlib.h>

static const char usage[] =
    "usage: kill NUMBER|SERVER...\n"
    "Ends processes by their number (ps has them), and servers by their name (services has them), which then\n"
    "start again. Servers need the debug capability, which the first shell and its programs have.\n";

static int kill_one(const char *text)
{
    uint64_t number;
    struct service_record record;
    int status;
    if (number_parse(text, &number) && number == (unsigned)number) {
        status = process_kill_number((unsigned)number);
    } else {
        status = service_find(text, &record);
        if (status >= 0)
            status = service_kill(status, 0, 0);
    }
    return status < 0 ? status : EXIT_SUCCESS;
}

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    return operands_each(&options, kill_one);
}
