/*
 * Physical page frames: who pays, who gets.
 *
 * An account is a quota of frames and what of it is used. Quotas are split, never overcommitted: the sum of all is what
 * there is, so after a successful charge taking that many single frames cannot fail.
 *
 * Typical sequence: account_charge(account, 1) -> frame_take() ... frame_release() -> account_refund(account, 1).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define FRAME_NONE 0ul /* frame 0 is never handed out */

/*
 * A set of frames as a bitmap of two levels: bit set = free; a summary bit = its word has a free bit. Pure: the words
 * are the caller's. Frames are numbered from 0 (physical address / 4096).
 */
struct frame_pool {
    uint64_t *words, *summary;
    uint64_t frames; /* size of the bitmap in bits */
    uint64_t free;
    uint64_t hint; /* summary word to look at first */
};

/* Words needed for both levels of a pool of this many frames. */
uint64_t frame_pool_words(uint64_t frames);
/* All frames taken at first; `words` has frame_pool_words(frames) words, of any content. */
void frame_pool_init(struct frame_pool *pool, uint64_t *words, uint64_t frames);
void frame_pool_release(struct frame_pool *pool, uint64_t first, uint64_t count);
uint64_t frame_pool_take(struct frame_pool *pool);                     /* FRAME_NONE if all are taken */
uint64_t frame_pool_take_run(struct frame_pool *pool, uint64_t count); /* contiguous; O(bitmap) */

/* A quota. Context of all below: kernel lock held (or boot). */
struct account {
    uint64_t quota, used; /* frames */
};
static inline bool account_charge(struct account *account, uint64_t frames)
{
    if (frames > account->quota - account->used)
        return false;
    account->used += frames;
    return true;
}
void account_refund(struct account *account, uint64_t frames);
