#include "servers/init/machine.h"
#include "servers/init/early.h"
#include "user/lib/syscall.h"
#include "user/lib/time.h"

#define PORT_BYTES  2
#define SLEEP_STATE 0x2000 /* ACPI PM1a control: sleep enable, sleep type 0 = soft off on the machines we know */

static unsigned port;
static handle_t ports;

void machine_open(const struct bootinfo *boot)
{
    port = boot->power_port;
    if (port == 0 || sys_ioports_create(boot->ports, port, PORT_BYTES, &ports) != OK)
        ports = 0;
}

_Noreturn void machine_power_off(void)
{
    if (ports != 0)
        sys_port_write(ports, port, PORT_BYTES, SLEEP_STATE);
    else
        early_print("this machine cannot be switched off by software; it is safe to do it by hand now");
    for (;;)
        sleep_nanoseconds(3600 * SECOND);
}
