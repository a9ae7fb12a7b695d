/*
 * inject: makes a software fault in a server.
 */
#include "servers/proto/error.h"
#include "user/lib/complain.h"
#include "user/lib/option.h"
#include "user/lib/supervisor.h"
#include <stdlib.h>

static const char usage[] =
    "usage: inject SERVER null|wild|bitflip|skip|reply|hang|exit [SEED]\n"
    "Makes a fault in a server when it is about to answer its next request: a null or a wild pointer,\n"
    "a flipped bit in its code, an instruction left out, a wrong answer, an endless loop, an exit.\n"
    "`services` tells what became of it. Needs the debug capability, which the first shell and its\n"
    "programs have.\n";

int main(int count, char *arguments[])
{
    uint64_t seed = 0;
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    if (count < 3 || count > 4 || (count == 4 && !number_parse(arguments[3], &seed)))
        option_misuse(&options);
    int status = service_damage(options.operands[0], options.operands[1], seed);
    if (status == -ERROR_NOT_SUPPORTED)
        option_misuse(&options);
    return status == 0 ? EXIT_SUCCESS : complain(options.operands[0], status);
}
