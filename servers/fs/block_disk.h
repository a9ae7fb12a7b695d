/*
 * The disk, through the block server. The block cache lies in memory that the driver shares, so a read names the place
 * in the cache and the device puts the bytes there: nothing is copied between the disk and the client's own buffer but
 * by the last step, from the cache into that buffer.
 */
#pragma once
#include "user/lib/syscall.h"

#define CACHE_PAGES 1024ul /* of the memory named "buffers" in the manifest: 4 MiB, the most that is contiguous */

/* Says where the block server is, and the shared memory with its address here; for disk.h to work. */
void block_disk_start(handle_t block_server, handle_t buffers, void *address);
