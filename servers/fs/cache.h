/*
 * The block cache: every block that the file system touches lives here while it is looked at or changed.
 *
 * Life of a buffer: free -> loaded (cache_get, cache_load) or born zeroed (cache_get_new) -> changed (cache_modify*)
 * -> written back (cache_sync, cache_throttle, or when its place is needed) -> reused for another block.
 * `cache_get*` pins it: its data stays at its address until `cache_put`. Typical sequence:
 *
 *     status = cache_get(block, &buffer);       ... read buffer->data ...
 *     cache_modify(buffer);                      ... change buffer->data ...
 *     cache_put(buffer);
 *
 * Changes of metadata and of file contents are told apart, so that a journal can be put between the first kind and
 * the disk. Replacement is by the clock algorithm: a hand goes round and takes the first buffer that was not looked
 * at since its last visit. It behaves like least-recently-used, and buffers filled one after the other lie side by
 * side in memory: a long read becomes few disk pieces and few copies.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_RUN_BYTES 131072u /* read ahead this far */
#define CACHE_RUN       128u    /* blocks in one cache_load at most: CACHE_RUN_BYTES of the smallest blocks */
#define CACHE_SMALLEST  256u    /* buffers: more than the pins that one operation can hold, with a whole run */

enum buffer_flag {
    BUFFER_HASHED = 1, /* it stands for `block` and holds its contents */
    BUFFER_DIRTY = 2,  /* the contents are newer than the disk's */
    BUFFER_METADATA = 4,
    BUFFER_USED = 8, /* looked at since the hand's last visit */
};

struct buffer {
    uint32_t block;
    uint16_t pins;
    uint16_t flags;      /* enum buffer_flag */
    struct buffer *next; /* with the same hash */
    uint8_t *data;       /* block_size bytes */
};

/*
 * Starts over with an empty cache of blocks in `memory`, which stays the caller's. Whatever was in the cache before is
 * forgotten. ERROR_NO_MEMORY: fewer than CACHE_SMALLEST buffers, or no heap.
 */
int cache_start(void *memory, size_t bytes, uint32_t block_size, uint32_t largest_piece);

/* The buffer with this block's contents, pinned. `block` must be on the disk. ERROR_IO, ERROR_NO_MEMORY (all pinned) */
int cache_get(uint32_t block, struct buffer **buffer);

/* The same, but NULL if the block is not in memory. */
struct buffer *cache_find(uint32_t block);

/* The same for a block whose old contents do not matter: all zeros, nothing is read. Not yet marked modified. */
int cache_get_new(uint32_t block, struct buffer **buffer);

/* Undoes one get. */
void cache_put(struct buffer *buffer);

/* The caller changes this pinned buffer, now or until it puts it: metadata, or the contents of a file. */
void cache_modify(struct buffer *buffer);
void cache_modify_data(struct buffer *buffer);

/* Whether a get would find the block in memory. */
bool cache_has(uint32_t block);

/* Loads those of `count` (up to CACHE_RUN) blocks that are missing, many in one disk request. A hint: no error. */
void cache_load(const uint32_t *blocks, unsigned count);

/* The block is free now: its contents need not reach the disk. */
void cache_forget(uint32_t block);

/* Writes back if half of the cache is dirty. Called between steps of long operations. ERROR_IO */
int cache_throttle(void);

/*
 * Writes all that is dirty, then flushes the disk. On an error what could not be written stays dirty. Only between
 * operations, or before one begins to modify: afterwards a buffer still pinned counts as clean. ERROR_IO
 */
int cache_sync(void);
