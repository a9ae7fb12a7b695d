/*
 * SHA-256 (FIPS 180-4). Start, add any number of pieces, finish.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE  32
#define SHA256_BLOCK 64

struct sha256 {
    uint32_t state[8];
    uint64_t length;             /* bytes added so far */
    uint8_t block[SHA256_BLOCK]; /* the part of a block that is not processed yet: length % 64 bytes */
};

void sha256_start(struct sha256 *sum);
void sha256_add(struct sha256 *sum, const void *bytes, size_t size);
void sha256_finish(struct sha256 *sum, uint8_t digest[SHA256_SIZE]);
