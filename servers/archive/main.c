/*
 * The archive server: the boot archive as a read-only file system, seen by programs as /system.
 *
 * It has the archive's memory and nothing else: no disk, no port, and no state beyond what its constants say. What a
 * capability names is in its badge (a node's number, servers/archive/tree.h), so a restarted archive server
 * understands every capability that is already out. Reading copies once, from the archive to the client.
 */
#include "servers/archive/operations.h"
#include "user/lib/memory.h"
#include "user/lib/startup.h"
#include <stdlib.h>

/* Maps the archive and checks it; NULL if this server has none that it could show. */
static const struct archive_header *open_archive(uint64_t size)
{
    handle_t memory = startup_capability("archive");
    const struct archive_header *archive = pages_map(memory, (size + PAGE_SIZE - 1) / PAGE_SIZE, RIGHT_READ);
    return archive != NULL && boot_archive_check(archive, size) == NULL ? archive : NULL;
}

int main(int argument_count, char **arguments)
{
    const struct archive_header *archive = argument_count == 2 ? open_archive(strtoul(arguments[1], NULL, 10)) : NULL;
    if (archive == NULL)
        return EXIT_FAILURE;
    operations_serve(startup_capability("system"), archive);
    return EXIT_FAILURE;
}
