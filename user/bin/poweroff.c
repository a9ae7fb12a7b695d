/*
 * poweroff: writes everything to the disk and switches the machine off.
 */
#include "servers/proto/console.h"
#include "servers/proto/init.h"
#include "user/lib/complain.h"
#include "user/lib/file.h"
#include "user/lib/ipc.h"
#include "user/lib/option.h"
#include "user/lib/startup.h"
#include <stdio.h>

int main(int count, char *arguments[])
{
    (void)count;
    struct options options = options_start(arguments, "", "usage: poweroff\nSwitches the machine off.\n");
    option_next(&options);
    int status = sync();
    if (status != OK)
        complain("sync", status); /* and goes on: there is nothing better to do */
    fflush(0);
    struct message drain = message(CONSOLE_DRAIN);
    ipc_request(descriptor_handle(1), &drain, DEADLINE_FOREVER);
    struct message m = message(INIT_POWER_OFF);
    status = ipc_request(startup_capability("init"), &m, DEADLINE_FOREVER);
    return complain("init", status);
}
