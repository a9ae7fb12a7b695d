#include "servers/init/resources.h"
#include "kernel/abi/layout.h"
#include "servers/init/early.h"
#include "servers/init/incarnation.h"
#include "user/lib/status.h"
#include "user/lib/syscall.h"
#include <stdbool.h>
#include <string.h>

static const struct bootinfo *boot;
static const struct manifest *manifest;
static handle_t endpoints[MANIFEST_ENDPOINTS];
static handle_t signals[MANIFEST_SERVERS];
static handle_t debug_port;
static handle_t roots[MANIFEST_SERVERS][MANIFEST_GRANTS]; /* of grants that are not endpoints */

/* Memory over the frame buffer. Its address need not start a page: the server learns the address and maps from the
 * page below it. */
static int create_screen(handle_t *memory)
{
    if (boot->screen.address == 0)
        return OK;
    uint64_t bytes = (uint64_t)boot->screen.pitch * boot->screen.height;
    uint64_t first = boot->screen.address / PAGE_SIZE, end = (boot->screen.address + bytes - 1) / PAGE_SIZE + 1;
    return sys_memory_device(boot->device_memory, first * PAGE_SIZE, end - first,
                             boot->screen.text ? 0 : MEMORY_WRITE_COMBINING, memory);
}

/* `rest` is what the quotas of all servers leave; it must be created last. */
static uint64_t estate_frames(const struct grant *grant)
{
    uint64_t all = 0, used = 0, promised = INIT_RESERVE;
    if (grant->first != MANIFEST_REST)
        return grant->first / PAGE_SIZE;
    for (unsigned i = 0; i < manifest->server_count; i++)
        promised += manifest->servers[i].quota != MANIFEST_REST ? manifest->servers[i].quota / PAGE_SIZE + 1 : 0;
    sys_process_info(SELF, PROCESS_QUOTA, &all);
    sys_process_info(SELF, PROCESS_USED, &used);
    return all > used + promised ? all - used - promised : 0;
}

static int create_root(const struct grant *grant, handle_t *root)
{
    switch (grant->kind) {
    case GRANT_PORTS:
        return sys_ioports_create(boot->ports, (unsigned)grant->first, (unsigned)grant->second, root);
    case GRANT_IRQ:
        return sys_irq_create_isa(boot->irqs, (unsigned)grant->first, root);
    case GRANT_MEMORY:
        return sys_memory_create(SELF, grant->first / PAGE_SIZE, MEMORY_DMA, root);
    case GRANT_KEPT:
        return sys_memory_create(SELF, grant->first / PAGE_SIZE, MEMORY_SHAREABLE, root);
    case GRANT_ESTATE:
        return sys_process_create(estate_frames(grant), 0, 0, root);
    case GRANT_SCREEN:
        return create_screen(root);
    case GRANT_ARCHIVE:
        *root = boot->archive;
        return OK;
    case GRANT_DEVICE_MEMORY:
        *root = boot->device_memory;
        return OK;
    case GRANT_IRQS:
        *root = boot->irqs;
        return OK;
    case GRANT_SERVE:
    case GRANT_USE:
        break;
    }
    return OK; /* endpoints exist on their own */
}

/* When the roots are created: DMA memory while memory is in one piece, estates when all else is. */
static unsigned turn_of(const struct grant *grant)
{
    return grant->kind == GRANT_MEMORY ? 0 : grant->kind == GRANT_ESTATE ? 2 : 1;
}

static void create_roots(unsigned turn)
{
    for (unsigned i = 0; i < manifest->server_count; i++) {
        const struct server *server = &manifest->servers[i];
        for (unsigned j = 0; j < server->grant_count; j++) {
            if (turn_of(&server->grants[j]) != turn)
                continue;
            int status = create_root(&server->grants[j], &roots[i][j]);
            if (status == OK)
                continue;
            roots[i][j] = 0;
            early_print("%s goes without %s: %s", server->name, server->grants[j].name, status_text(status));
        }
    }
}

/* The server's notification, bound to the first endpoint that it serves: so one receive waits for both. */
static void create_signals(unsigned index)
{
    const struct server *server = &manifest->servers[index];
    if (sys_notification_create(SELF, &signals[index]) != OK) {
        signals[index] = 0;
        return early_print("%s goes without signals", server->name);
    }
    for (unsigned i = 0; i < server->grant_count; i++) {
        if (server->grants[i].kind != GRANT_SERVE)
            continue;
        sys_endpoint_bind(endpoints[server->grants[i].endpoint], signals[index]);
        return;
    }
}

void resources_create(const struct bootinfo *from, const struct manifest *wanted)
{
    boot = from;
    manifest = wanted;
    create_roots(0);
    create_roots(1);
    for (unsigned i = 0; i < manifest->endpoint_count; i++) {
        if (sys_endpoint_create(SELF, &endpoints[i]) != OK)
            endpoints[i] = 0;
    }
    for (unsigned i = 0; i < manifest->server_count; i++)
        create_signals(i);
    if (sys_ioports_create(boot->ports, DEBUG_PORT, 1, &debug_port) != OK)
        debug_port = 0;
    create_roots(2);
}

handle_t resources_debug_port(void)
{
    return debug_port;
}

handle_t resources_signals(unsigned server)
{
    return signals[server];
}

handle_t resources_endpoint(unsigned endpoint)
{
    return endpoints[endpoint];
}

static unsigned rights_of(enum grant_kind kind)
{
    switch (kind) {
    case GRANT_SERVE:
        return RIGHT_RECEIVE | RIGHT_SEND | RIGHT_MINT | RIGHT_GIVE;
    case GRANT_USE:
        return RIGHT_SEND | RIGHT_GIVE;
    case GRANT_MEMORY:
        return RIGHT_READ | RIGHT_WRITE | RIGHT_DMA | RIGHT_GIVE;
    case GRANT_ESTATE:
        return RIGHT_CONTROL | RIGHT_GIVE;
    case GRANT_KEPT:
    case GRANT_PORTS:
    case GRANT_SCREEN:
        return RIGHT_READ | RIGHT_WRITE;
    case GRANT_ARCHIVE:
        return RIGHT_READ;
    case GRANT_IRQ:
        return RIGHT_CONTROL;
    case GRANT_DEVICE_MEMORY:
    case GRANT_IRQS:
        return RIGHT_MINT;
    }
    return 0;
}

struct program_capability resources_capability(unsigned server, unsigned index)
{
    const struct grant *grant = &manifest->servers[server].grants[index];
    bool is_endpoint = grant->kind == GRANT_SERVE || grant->kind == GRANT_USE;
    struct program_capability capability = {
        .handle = is_endpoint ? endpoints[grant->endpoint] : roots[server][index],
        .rights = rights_of(grant->kind),
        .badge = grant->kind == GRANT_USE ? grant->first : 0,
    };
    memcpy(capability.name, grant->name, sizeof(capability.name));
    return capability;
}

void resources_abandon(const struct server *server)
{
    for (unsigned i = 0; i < server->grant_count; i++) {
        const struct grant *grant = &server->grants[i];
        if (grant->kind != GRANT_SERVE || endpoints[grant->endpoint] == 0)
            continue;
        sys_cap_delete(SELF, endpoints[grant->endpoint]);
        endpoints[grant->endpoint] = 0;
    }
}
