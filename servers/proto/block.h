/*
 * A disk: sectors of 512 bytes. All operations are idempotent.
 *
 * A client that wants speed shares its buffers: BLOCK_ATTACH gives the driver a DMA Memory that both map; READ and
 * WRITE then name pages of it by offset and nothing is copied at all. Several requests may be under way: a request
 * is a `call`, so a client has as many under way as it has threads, and one request may carry many pieces.
 */
#pragma once
#include <stdint.h>

#define BLOCK_SECTOR 512ul
#define BLOCK_PIECES 20 /* pieces in one request */

enum block_operation {
    /* Answer: words: sectors, 1 if read-only, largest piece in bytes. ERROR_NO_DEVICE */
    BLOCK_INFO = 0x300,
    /* words: [0] pieces n, then n pairs: first sector, (offset in the attached Memory | length << 32), in bytes,
     * multiples of 512; and block_sum() of all these. Without attached Memory: one piece, lease 0 is the buffer,
     * offset 0. */
    BLOCK_READ = 0x301,
    BLOCK_WRITE = 0x302,
    /* everything acknowledged before is durable on return */
    BLOCK_FLUSH = 0x303,
    /* one capability: DMA Memory of the client, with READ, WRITE and DMA rights; word 0: its pages. Replaces the last
     */
    BLOCK_ATTACH = 0x304,
};

/* One word more in the sum of a READ or a WRITE, from 0: so a driver whose memory was damaged does not take what was
 * not asked of it. Both sides seal with it, too, what they have looked at. */
static inline uint64_t block_sum(uint64_t sum, uint64_t word)
{
    return (sum ^ word) * 0x9e3779b97f4a7c15ul + 1;
}
