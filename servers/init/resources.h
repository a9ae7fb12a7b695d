/*
 * The roots: everything that init creates for its servers and keeps, so that it outlives each of them.
 *
 * An object lives as long as its original capability. The endpoints, the DMA and kept memory, the ports and interrupts
 * of the manifest are created once, here; a server gets a derived capability each time it starts. So a client's
 * capability stays good across a restart, and no device writes into memory that was given to somebody else.
 */
#pragma once
#include "kernel/abi/bootinfo.h"
#include "servers/init/manifest.h"
#include "user/lib/loader.h"

/*
 * Creates init's own endpoint and everything the manifest's grants name; `boot` and `manifest` stay in use. What cannot
 * be created is reported and absent. Call once.
 */
void resources_create(const struct bootinfo *boot, const struct manifest *manifest);

/* The root of an endpoint, with all rights; 0 if it could not be created or was destroyed. */
handle_t resources_endpoint(unsigned endpoint);

/* The root of a server's notification `signals`; 0 if it could not be created. */
handle_t resources_signals(unsigned server);

/* The emulator's debug port, for whoever has the debug capability; 0 if it could not be created. */
#define DEBUG_PORT 0xe9
handle_t resources_debug_port(void);

/* What grant `grant` of server `server` gives to an incarnation: handle 0 if it is absent. */
struct program_capability resources_capability(unsigned server, unsigned grant);

/* Nobody will ever serve this server's endpoints again: destroys them, so that no client waits for ever. */
void resources_abandon(const struct server *server);
