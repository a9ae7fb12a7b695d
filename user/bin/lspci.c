/*
 * lspci: the devices on the PCI bus.
 */
#include "servers/proto/pci.h"
#include "user/lib/complain.h"
#include "user/lib/option.h"
#include "user/lib/request.h"
#include "user/lib/startup.h"
#include <stdio.h>

static const char usage[] = "usage: lspci\n"
                            "Lists the devices: bus:slot.function, class, vendor:device, as hexadecimal numbers.\n";

#define MOST_DEVICES 256

int main(int count, char *arguments[])
{
    (void)count;
    static struct pci_record records[MOST_DEVICES];
    struct options options = options_start(arguments, "", usage);
    option_next(&options);
    struct message m = message(PCI_LIST);
    m.words[0] = sizeof(records);
    m.word_count = 1;
    message_lend(&m, records, sizeof(records), LEASE_WRITE);
    int status = request_repeat(startup_capability("pci"), &m);
    if (status != OK)
        return complain("pci", status);
    for (uint64_t i = 0; i < m.words[0] && i < MOST_DEVICES; i++) {
        const struct pci_record *r = &records[i];
        printf("%02x:%02x.%x class %04x device %04x:%04x\n", r->bus, r->slot, r->function, r->class_code, r->vendor,
               r->device);
    }
    return 0;
}
