/*
 * The balance of a change: whether all that an operation did to the metadata adds up, before it is acknowledged.
 *
 * ext2 writes most facts down twice: a block in use has a bit in its group's bitmap and a number in some inode or
 * indirect block; a name is an entry of a directory and counts in the inode that it names; each free block is counted
 * in its group and in the superblock. An operation changes both, by code of its own for each. Here the blocks as they
 * were before the operation are compared with what they are now, knowing nothing of the operation, and what was
 * entered on one side must have been entered on the other. A server that miscounts, because its memory or its code was
 * damaged, finds out before anybody relies on it.
 *
 * Only differences count, so a disk on which something was wrong before can still be written elsewhere. Sums of hashes
 * stand for sets: no memory is needed, and two wrongs that cancel out are as unlikely as two equal hashes.
 * The idea of checking each change against the format's own invariants is from Recon (Fryer et al., FAST 2012).
 *
 * Typical, from change.c: balance_start; balance_freed for each block that goes; balance_changed for each other block;
 * balance_end.
 */
#pragma once
#include "cache.h"

/* A change begins. */
void balance_start(void);

/* A block is freed; `before` is what it held before the change. */
void balance_freed(const struct buffer *buffer, const uint8_t *before);

/* A block of metadata was changed. ERROR_DAMAGED: in a way in which no operation changes one. ERROR_IO */
int balance_changed(const struct buffer *buffer, const uint8_t *before);

/* All was told. ERROR_DAMAGED: it does not add up. */
int balance_end(void);
