/*
 * What the ledger's Memory looks like (ledger.h). It is read by the server that wrote it and by its successors, so it
 * may be in this machine's own order of bytes.
 *
 *   progress, disk | answers put aside |     | record | record | record | (being written) ...
 *   '------------ LEDGER_HEADER ------------'-------- progress --------'
 *
 * Zeros are an empty ledger.
 */
#pragma once
#include "ledger.h"
#include "user/lib/kept.h"

#define LEDGER_HEADER 20480ul /* bytes for struct ledger: whole pages, as the records are locked apart */

/* An answer that may not have arrived. */
struct remembered {
    uint64_t sum;    /* of all that follows */
    uint64_t number; /* counts up: the oldest makes room */
    struct answer answer;
};

/* The file system that was mounted. */
struct served {
    uint8_t identifier[16];
    uint64_t was_clean; /* 1: it was, at the first mount */
};

struct ledger {
    uint64_t progress; /* as progress() makes it: changed by a single store */
    uint64_t served[KEPT_WORDS(struct served)];
    uint64_t finding;     /* sum of what looked damaged last */
    uint64_t finding_age; /* changes since then */
    uint64_t finders;     /* incarnations that found it, one after the other */
    struct remembered remembered[LEDGER_REMEMBERED];
    uint64_t progress_copy; /* follows `progress`; counts if that is damaged */
};
_Static_assert(sizeof(struct ledger) <= LEDGER_HEADER, "the header has room");

/* How far the records of an epoch go, in units of 8 bytes; the upper 16 bits check the others. */
#define PROGRESS_BITS 24
#define PROGRESS_MASK ((1ul << PROGRESS_BITS) - 1)

static inline uint64_t progress(uint64_t epoch, uint64_t bytes)
{
    uint64_t both = (epoch & PROGRESS_MASK) << PROGRESS_BITS | bytes / 8;
    return both | (both * 0x9e3779b97f4a7c15ul >> 48) << 48;
}

static inline uint64_t progress_epoch(uint64_t word)
{
    return word >> PROGRESS_BITS & PROGRESS_MASK;
}

static inline uint64_t progress_bytes(uint64_t word)
{
    return (word & PROGRESS_MASK) * 8;
}

static inline bool progress_is_valid(uint64_t word)
{
    return word == progress(progress_epoch(word), progress_bytes(word));
}

/* A record: parts follow, up to its length. */
struct record {
    uint64_t sum; /* of all that follows */
    uint64_t epoch;
    uint64_t bytes; /* of the record, parts included; a multiple of 8 */
    struct answer answer;
};

enum part_kind {
    PART_CONTENTS = 1, /* of a file */
    PART_METADATA = 2,
    PART_FREED = 3, /* no bytes: the block was freed */
    PART_ZEROED = 8 /* or'ed: all of the block that the record does not name is zero */
};

/* Bytes of a block; they follow, filled up to a multiple of 8. */
struct part {
    uint32_t block, kind, offset, length;
};

#define PART_SIZE(length) (sizeof(struct part) + (((length) + 7ul) & ~7ul))

/* A checksum of bytes, a multiple of 8 of them, that depends on their order. */
static inline uint64_t ledger_sum(const void *bytes, uint64_t length)
{
    const uint64_t *words = bytes;
    uint64_t sum = 0x7265676465c0fff2ul, sums = 0; /* of nothing it is not 0 */
    for (uint64_t i = 0; i < length / 8; i++) {
        sum += words[i];
        sums += sum;
    }
    return sum ^ (sums << 1 | sums >> 63);
}
