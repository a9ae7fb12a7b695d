/*
 * init's endpoint: news of the servers from the kernel, and the requests of servers/proto/init.h.
 */
#pragma once

/* Serves for ever. services_start() came before. */
_Noreturn void requests_serve(void);
