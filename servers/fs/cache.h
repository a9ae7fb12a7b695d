/*
 * The block cache: every block that the file system touches lives here while it is looked at or changed.
 *
 * Life of a buffer: free -> loaded (cache_get, cache_load) or born zeroed (cache_get_new) -> changed (cache_modify*)
 * -> written back (cache_write, cache_throttle, or when its place is needed) -> reused for another block.
 * `cache_get*` pins it: its data stays at its address until `cache_put`. Typical sequence:
 *
 *     status = cache_get(block, &buffer);       ... read buffer->data ...
 *     cache_modify(buffer);                      ... change buffer->data ...
 *     cache_put(buffer);
 *
 * A buffer that nobody modifies is sealed: a sum of its contents, and of where they belong, is kept beside it, and
 * compared before the next modification and before it is written. So a wild store into the cache, by a server that is
 * itself damaged, ends that server before it reaches the disk or the ledger.
 *
 * Changes of metadata and of file contents are told apart: the first kind goes into a change (change.h) and through the
 * journal (journal.h), and until it has been there its buffer stays in memory. Replacement is by the clock algorithm: a
 * hand goes round and takes the first buffer that was not looked at since its last visit. It behaves like
 * least-recently-used, and buffers filled one after the other lie side by side in memory: a long read becomes few disk
 * pieces and few copies.
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
    BUFFER_USED = 8,       /* looked at since the hand's last visit */
    BUFFER_CHANGED = 16,   /* modified by the operation under way, whose change has a copy */
    BUFFER_RUNNING = 32,   /* modified since the journal's last commit: its place must not see that yet */
    BUFFER_FREED = 64,     /* its block was freed by the operation under way */
    BUFFER_BORN = 128,     /* zeroed by the operation under way: what the disk has there does not matter */
    BUFFER_OPEN = 256,     /* may be modified: not sealed */
    BUFFER_NUMBERS = 512,  /* was read as block numbers (blockmap.c) */
    BUFFER_RECORDS = 1024, /* was read as records of a directory */
};

struct buffer {
    uint32_t block;
    uint16_t pins;
    uint16_t flags;      /* enum buffer_flag */
    struct buffer *next; /* with the same hash */
    uint64_t sum;        /* of `block` and the data, unless BUFFER_OPEN */
    uint8_t *data;       /* block_size bytes */
};

/*
 * Starts over with an empty cache of blocks in `memory`, which stays the caller's. Whatever was in the cache before is
 * forgotten. ERROR_NO_MEMORY: fewer than CACHE_SMALLEST buffers, or no heap.
 */
int cache_start(void *memory, size_t bytes, uint32_t block_size);

/* The buffer with this block's contents, pinned. `block` must be on the disk. ERROR_IO, ERROR_NO_MEMORY (all pinned) */
int cache_get(uint32_t block, struct buffer **buffer);

/* The same, but NULL if the block is not in memory. */
struct buffer *cache_find(uint32_t block);

/* The same for a block whose old contents do not matter: all zeros, nothing is read. Not yet marked modified. */
int cache_get_new(uint32_t block, struct buffer **buffer);

/* Undoes one get. */
static inline void cache_put(struct buffer *buffer)
{
    buffer->pins--;
}

/* The caller changes this pinned buffer, now or until it puts it: metadata, or the contents of a file. */
void cache_modify(struct buffer *buffer);
void cache_modify_data(struct buffer *buffer);

/* For whoever modifies a buffer outside of changes and contents: the seal is checked and broken; and a new one. */
void cache_open(struct buffer *buffer);
void cache_seal(struct buffer *buffer);

/*
 * Modifies a buffer outside of changes and contents, and writes it at once. `amend` is called twice, for the data and
 * for a copy, with `how` and with a copy of that, `size` bytes; and what comes of it must be the same: so whatever else
 * happens to the buffer while it is not sealed does not reach the disk. ERROR_IO
 */
int cache_amend(struct buffer *buffer, void (*amend)(uint8_t *data, const void *how), const void *how, size_t size);

/* Before what a buffer says decides what is written: ends the server if the seal is not right. */
void cache_check(const struct buffer *buffer);

/* The same for the buffer whose data this is; also if it is none's. */
const struct buffer *cache_check_at(const uint8_t *data);

/* Whether every block that is found in memory is checked, too. */
void cache_doubt(bool doubts);

/* Whether a get would find the block in memory. */
bool cache_has(uint32_t block);

/* Loads those of `count` (up to CACHE_RUN) blocks that are missing, many in one disk request. A hint: no error. */
void cache_load(const uint32_t *blocks, unsigned count);

/* The operation frees the block: if it succeeds, the contents need not reach the disk. */
void cache_forget(uint32_t block);

/* Writes back if half of the cache is dirty, so that an operation finds room. ERROR_IO */
int cache_throttle(void);

/*
 * Writes the dirty contents of files, or everything that may be written: not what runs in a transaction. What could not
 * be written stays dirty. Only between operations. ERROR_IO
 */
enum cache_part { CACHE_DATA, CACHE_ALL };
int cache_write(enum cache_part part);

/*
 * To be called before older copies are given up, be it in the log or in the ledger: ends the server unless everything
 * of this kind is written indeed. CACHE_ALL: and nothing runs in a transaction.
 */
void cache_confirm(enum cache_part part);

/* ---- for change.c and the journal ---- */

/* Sets and clears flags of enum buffer_flag: nobody else may, as they are counted. */
void cache_flag(struct buffer *buffer, uint16_t set, uint16_t clear);

/* The next buffer behind `previous` (NULL: the first) that has one of the flags, or NULL. */
struct buffer *cache_next(const struct buffer *previous, uint16_t flags);

/* How many buffers run in the transaction; and how many there are. */
unsigned cache_running(void);
unsigned cache_buffers(void);
