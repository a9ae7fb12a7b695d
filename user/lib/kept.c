#include "user/lib/kept.h"
#include <string.h>

/* One of a record's two copies; the record's words follow. */
struct copy {
    uint64_t checksum; /* 0: not whole */
    uint64_t words[];
};

static struct copy *copy_at(const uint64_t *place, unsigned index, size_t count)
{
    return (struct copy *)(place + index * (sizeof(struct copy) / sizeof(uint64_t) + count));
}

static uint64_t checksum_of(const uint64_t *words, size_t count)
{
    uint64_t sum = count;
    for (size_t i = 0; i < count; i++)
        sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15 + 1;
    return sum | 1;
}

/* The checksum goes first and comes last: between them the copy does not count, whatever is in it. */
static void write_copy(struct copy *copy, const void *record, size_t count, uint64_t checksum)
{
    __atomic_store_n(&copy->checksum, 0, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    memcpy(copy->words, record, count * sizeof(uint64_t));
    __atomic_store_n(&copy->checksum, checksum, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

bool kept_store(uint64_t *place, const void *record, const void *again, size_t size)
{
    size_t count = size / sizeof(uint64_t);
    uint64_t checksum = checksum_of(record, count);
    if (checksum_of(again, count) != checksum)
        return false;
    write_copy(copy_at(place, 0, count), record, count, checksum);
    write_copy(copy_at(place, 1, count), again, count, checksum);
    return true;
}

/* The first copy is never the older one. */
bool kept_load(const uint64_t *place, void *record, size_t size)
{
    size_t count = size / sizeof(uint64_t);
    for (unsigned i = 0; i < 2; i++) {
        const struct copy *copy = copy_at(place, i, count);
        if (copy->checksum == 0 || copy->checksum != checksum_of(copy->words, count))
            continue;
        memcpy(record, copy->words, size);
        return true;
    }
    return false;
}
