/*
 * The frame bitmap. Pure: also built on the host (tests/host).
 */
#include "kernel/mm/frame.h"
#include "kernel/base/check.h"

static uint64_t word_count(uint64_t bits)
{
    return (bits + 63) / 64;
}

uint64_t frame_pool_words(uint64_t frames)
{
    return word_count(frames) + word_count(word_count(frames));
}

void frame_pool_init(struct frame_pool *pool, uint64_t *words, uint64_t frames)
{
    uint64_t total = frame_pool_words(frames);

    for (uint64_t i = 0; i < total; i++)
        words[i] = 0;
    *pool = (struct frame_pool){.words = words, .summary = words + word_count(frames), .frames = frames};
}

static bool is_free(const struct frame_pool *pool, uint64_t frame)
{
    return pool->words[frame / 64] >> frame % 64 & 1;
}

static void mark_taken(struct frame_pool *pool, uint64_t frame)
{
    uint64_t word = frame / 64;

    pool->words[word] &= ~(1ul << frame % 64);
    if (!pool->words[word])
        pool->summary[word / 64] &= ~(1ul << word % 64);
    pool->free--;
}

void frame_pool_release(struct frame_pool *pool, uint64_t first, uint64_t count)
{
    CHECK(first != FRAME_NONE && first + count <= pool->frames);
    for (uint64_t frame = first; frame < first + count; frame++) {
        uint64_t word = frame / 64;

        CHECK(!is_free(pool, frame));
        pool->words[word] |= 1ul << frame % 64;
        pool->summary[word / 64] |= 1ul << word % 64;
    }
    pool->free += count;
}

uint64_t frame_pool_take(struct frame_pool *pool)
{
    uint64_t summaries = word_count(word_count(pool->frames));

    for (uint64_t n = 0; n < summaries; n++) {
        uint64_t place = (pool->hint + n) % summaries;

        if (pool->summary[place]) {
            uint64_t word = place * 64 + (uint64_t)__builtin_ctzl(pool->summary[place]);
            uint64_t frame = word * 64 + (uint64_t)__builtin_ctzl(pool->words[word]);

            pool->hint = place;
            mark_taken(pool, frame);
            return frame;
        }
    }
    return FRAME_NONE;
}

uint64_t frame_pool_take_run(struct frame_pool *pool, uint64_t count)
{
    uint64_t run = 0;

    for (uint64_t frame = 1; frame < pool->frames; frame++) {
        if (frame % 64 == 0 && !pool->words[frame / 64]) { /* a whole word of taken frames */
            run = 0;
            frame += 63;
            continue;
        }
        run = is_free(pool, frame) ? run + 1 : 0;
        if (run == count) {
            for (uint64_t taken = frame + 1 - count; taken <= frame; taken++)
                mark_taken(pool, taken);
            return frame + 1 - count;
        }
    }
    return FRAME_NONE;
}

void account_refund(struct account *account, uint64_t frames)
{
    CHECK(account->used >= frames);
    account->used -= frames;
}
