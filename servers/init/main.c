/*
 * init: the first process, and the only one that must not die.
 *
 * The kernel hands it everything: all memory, all ports, all interrupts. init splits that up among the servers as the
 * manifest says, keeps the roots, and from then on does two things: it starts again what ended, and it answers its two
 * small requests. It allocates nothing after start-up and never calls a server (but see session.h), so nothing that a
 * server does can stop it.
 */
#include "kernel/abi/bootinfo.h"
#include "servers/init/clock.h"
#include "servers/init/early.h"
#include "servers/init/machine.h"
#include "servers/init/requests.h"
#include "servers/init/resources.h"
#include "servers/init/service.h"
#include "servers/init/session.h"
#include "user/lib/boot_archive.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include <string.h>

static struct manifest manifest;

static void report(unsigned line, const char *problem, const char *word)
{
    if (line != 0)
        early_print("manifest, line %u: %s %s", line, problem, word);
    else
        early_print("manifest: %s %s", problem, word);
}

/* The boot archive, mapped and checked. The kernel found init in it, so a damaged one is a broken build: stop here. */
static const struct archive_header *open_archive(const struct bootinfo *boot)
{
    uint64_t pages = (boot->archive_size + PAGE_SIZE - 1) / PAGE_SIZE;
    const struct archive_header *archive = pages_map(boot->archive, pages, RIGHT_READ);
    const char *problem = archive != NULL ? boot_archive_check(archive, boot->archive_size) : "it cannot be mapped";
    if (problem != NULL) {
        early_print("the boot archive is unusable: %s", problem);
        machine_power_off();
    }
    return archive;
}

static void read_manifest(const struct archive_header *archive)
{
    const struct archive_entry *entry = boot_archive_find(archive, "manifest");
    if (entry != NULL)
        manifest_parse(boot_archive_contents(archive, entry), entry->size, &manifest, report);
    else
        early_print("the boot archive has no manifest, so there is nothing to start");
}

int main(void)
{
    const struct bootinfo *boot = bootinfo();
    early_open(boot->ports);
    machine_open(boot);
    const struct archive_header *archive = open_archive(boot);
    read_manifest(archive);
    resources_create(boot, &manifest);
    session_start(&manifest);
    services_start(&(struct service_setup){
        .boot = boot,
        .archive = archive,
        .manifest = &manifest,
        .boot_time = clock_read_boot_time(boot->ports),
    });
    requests_serve();
}
