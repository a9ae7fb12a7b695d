/*
 * The operations of servers/proto/fs.h and io.h that a read-only tree can do; the others answer ERROR_READ_ONLY.
 */
#pragma once
#include "user/lib/boot_archive.h"

/* Serves the endpoint until it is destroyed. `archive` has been checked. */
void operations_serve(handle_t endpoint, const struct archive_header *archive);
