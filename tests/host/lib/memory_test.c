/*
 * The allocator and lists of texts: blocks do not overlap, keep their contents, and come back; a quota is an answer.
 */
#include "tests/host/lib/fakes.h"
#include "user/lib/strings.h"
#include "user/lib/syscall.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 300

static struct block {
    unsigned char *bytes;
    size_t size;
    unsigned char mark;
} blocks[BLOCKS];

static unsigned dice(void)
{
    static unsigned seed = 1;
    seed = seed * 1103515245 + 12345;
    return seed >> 8;
}

static void check_block(const struct block *block)
{
    for (size_t i = 0; i < block->size; i++)
        assert(block->bytes[i] == block->mark);
}

/* Gives a block a new size, at random by realloc or by free and malloc, and marks it. */
static void renew(struct block *block)
{
    size_t size = dice() % 8 ? dice() % 300 : dice() % 50000;
    check_block(block);
    if (dice() % 2) {
        block->bytes = realloc(block->bytes, size);
        block->size = size < block->size ? size : block->size;
        check_block(block);
    } else {
        free(block->bytes);
        block->bytes = malloc(size);
    }
    assert(block->bytes && (size_t)block->bytes % 16 == 0);
    block->size = size;
    block->mark = (unsigned char)dice();
    memset(block->bytes, block->mark, size);
}

static void test_blocks(void)
{
    for (unsigned i = 0; i < 20000; i++)
        renew(&blocks[dice() % BLOCKS]);
    for (unsigned i = 0; i < BLOCKS; i++) {
        check_block(&blocks[i]);
        free(blocks[i].bytes);
    }
}

static void test_quota(void)
{
    uint64_t before = fake_pages_left;
    void *large = malloc(1 << 20);
    assert(large && fake_pages_left < before);
    free(large);
    assert(fake_pages_left == before); /* a large block goes back to the system */
    fake_pages_left = 10;
    void *const refused[] = {malloc(1 << 20), malloc(~0ul), calloc(1ul << 40, 1ul << 40)};
    assert(!refused[0] && !refused[1] && !refused[2]);
    fake_pages_left = before;
    unsigned char *zeros = calloc(100, 3);
    for (unsigned i = 0; i < 300; i++)
        assert(zeros[i] == 0);
    free(zeros);
    free(0);
}

static void test_lists(void)
{
    struct strings list = {0};
    char text[8];
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "%03u", i * 7 % 1000);
        assert(strings_add(&list, text));
        assert(list.count == i + 1 && !list.items[list.count]);
    }
    strings_sort(&list);
    assert(strcmp(list.items[0], "000") == 0 && strcmp(list.items[999], "999") == 0);
    strings_free(&list);
    assert(list.count == 0);
}

int main(void)
{
    test_blocks();
    test_quota();
    test_lists();
    return 0;
}
