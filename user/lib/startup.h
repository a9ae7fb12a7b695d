/*
 * What this process was given when it started: arguments, working folder, named capabilities.
 *
 * start.c fills this in before main(); nothing here changes afterwards. init is started by the kernel and has a
 * bootinfo instead of a startup block; every other process has a startup block and no bootinfo.
 */
#pragma once
#include "kernel/abi/bootinfo.h"
#include "servers/proto/startup.h"

/* The startup block, read-only; 0 in init. */
const struct startup *startup(void);

/* The kernel's block for init, read-only; 0 in every other process. */
const struct bootinfo *bootinfo(void);

/* The capability of this name; 0 if the process was not given one. The handle stays the process's. */
handle_t startup_capability(const char *name);

/* The name this program was called by (the last part of its argument 0), for messages; "init" in init. Never 0. */
const char *program_name(void);
