/*
 * What the journal looks like on the disk: the format of ext3, which the host's e2fsck replays. All numbers in it are
 * big-endian, unlike those of the file system.
 *
 * The journal is a file (inode 8 by custom) that the file system never names. Its first block describes it, the others
 * are the log, a ring of blocks:
 *
 *   0             first                                                                              length - 1
 *   +-------------+------------+-------+-------+-------+------------+--------+------------+-------+----
 *   | superblock: | descriptor | image | image | image | revoke     | commit | descriptor | image | ...
 *   | start,      | of three   |       |       |       | (or none)  |        |            |       |
 *   | sequence    |            |       |       |       |            |        |            |       |
 *   +-------------+------------+-------+-------+-------+------------+--------+------------+-------+----
 *                 |<-------------------- transaction 7 ---------------------->|<-- transaction 8 -------
 *
 * An image is a block of the file system as it is to become; its descriptor's tags say where it belongs. All blocks of
 * a transaction but the images carry its sequence number. A transaction counts if and only if its commit block is
 * there. Who finds the log after a crash copies the images of all transactions that count, from `start` on, to their
 * places.
 *
 * An image that begins with the journal's magic number would look like a block of the log: its first word is stored as
 * zero, and its tag says ESCAPED. A block that was freed may belong to a file's contents now, which the log knows
 * nothing of: a revoke block forbids copying its images of this and earlier transactions.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* A number on the disk. A struct, so that no use is without its conversion. */
struct big16 {
    uint16_t raw;
};
struct big32 {
    uint32_t raw;
};

static inline struct big16 big16(uint16_t number)
{
    return (struct big16){__builtin_bswap16(number)};
}

static inline struct big32 big32(uint32_t number)
{
    return (struct big32){__builtin_bswap32(number)};
}

static inline uint16_t little16(struct big16 number)
{
    return __builtin_bswap16(number.raw);
}

static inline uint32_t little32(struct big32 number)
{
    return __builtin_bswap32(number.raw);
}

#define JOURNAL_MAGIC 0xc03b3998u

enum journal_block {
    JOURNAL_DESCRIPTOR = 1,
    JOURNAL_COMMIT = 2,
    JOURNAL_SUPERBLOCK_OLD = 3, /* without features */
    JOURNAL_SUPERBLOCK = 4,
    JOURNAL_REVOKE = 5,
};

/* How every block of the log but the images begins. */
struct journal_header {
    struct big32 magic, kind, sequence; /* kind: enum journal_block */
};

struct journal_superblock {
    struct journal_header header;
    struct big32 block_size;                                     /* that of the file system */
    struct big32 length;                                         /* blocks, this one included */
    struct big32 first;                                          /* of the log */
    struct big32 sequence;                                       /* of the first transaction that may be in the log */
    struct big32 start;                                          /* where that would begin; 0: the log is empty */
    struct big32 error;                                          /* of whoever used the journal last */
    struct big32 compatible, incompatible, read_only_compatible; /* features */
    uint8_t identifier[16];
    uint8_t rest[1024 - 64];
};
_Static_assert(offsetof(struct journal_superblock, identifier) == 48, "journal superblock layout");
_Static_assert(sizeof(struct journal_superblock) == 1024, "a journal superblock has 1024 bytes");

enum journal_feature {
    JOURNAL_HAS_REVOKE = 0x1, /* incompatible: revoke blocks may be there */
};

/* In a descriptor, behind the header. The first of a block is followed by the journal's identifier. */
struct journal_tag {
    struct big32 block; /* where the image belongs */
    struct big16 checksum;
    struct big16 flags; /* enum journal_tag_flag */
};
#define JOURNAL_IDENTIFIER 16u /* bytes */

enum journal_tag_flag {
    TAG_ESCAPED = 1,
    TAG_SAME = 2, /* no identifier follows: it is the same as before */
    TAG_LAST = 8, /* the descriptor ends here */
};

/* A revoke block: then block numbers follow. */
struct journal_revoke {
    struct journal_header header;
    struct big32 bytes; /* in use, this header included */
    struct big32 blocks[];
};

/* A commit block; what lies between is for checksums, which this server does not use. */
struct journal_commit {
    struct journal_header header;
    uint8_t checksums[36];
    struct big32 seconds_high, seconds, nanoseconds;
};
_Static_assert(offsetof(struct journal_commit, seconds_high) == 48, "commit block layout");

static inline int journal_is(const void *block, enum journal_block kind, uint32_t sequence)
{
    const struct journal_header *header = (const struct journal_header *)block;
    return little32(header->magic) == JOURNAL_MAGIC && little32(header->kind) == (uint32_t)kind &&
           little32(header->sequence) == sequence;
}
