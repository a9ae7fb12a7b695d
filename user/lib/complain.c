/*
 * Error messages of programs.
 */
#include "user/lib/complain.h"
#include "user/lib/startup.h"
#include "user/lib/status.h"
#include <stdio.h>
#include <stdlib.h>

int complain(const char *what, int status)
{
    fflush(stdout); /* so that output and message come in the order in which they arose */
    fprintf(stderr, "%s: %s: %s\n", program_name(), what, status_text(status));
    return EXIT_FAILURE;
}
