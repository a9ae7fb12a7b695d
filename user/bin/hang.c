/*
 * hang: makes a server hang.
 */
#include "user/lib/complain.h"
#include "user/lib/option.h"
#include "user/lib/supervisor.h"
#include <stdlib.h>

int main(int count, char *arguments[])
{
    (void)count;
    struct options options =
        options_start(arguments, "",
                      "usage: hang SERVER\nMakes a server loop for ever when it is about to answer its next request. "
                      "Needs the\ndebug capability, which the first shell and its programs have.\n");
    option_next(&options);
    if (!options.operands[0] || options.operands[1])
        option_misuse(&options);
    int status = service_damage(options.operands[0], "hang", 0);
    return status == 0 ? EXIT_SUCCESS : complain(options.operands[0], status);
}
