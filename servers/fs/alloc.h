/*
 * Which blocks and inodes are in use: one bit each in their group's bitmaps, and counts of the free ones in the
 * group's descriptor and in the superblock. These functions keep all three in step.
 *
 * Placement is simple: a block near the one it follows, an inode in its directory's group, a new directory where there
 * is most room.
 */
#pragma once
#include "cache.h"

/* Takes a free block, the first at or after `goal` (any number) in its group, else in the groups that follow.
 * ERROR_NO_SPACE, ERROR_DAMAGED, ERROR_IO */
int block_allocate(uint32_t goal, uint32_t *block);

/* Gives a block back that block_is_data() accepted. ERROR_DAMAGED (it was free), ERROR_IO */
int block_free(uint32_t block);

/* The journal has committed: what was freed before may be given out again. Until then block_free() only keeps it. */
void alloc_committed(void);

/* Takes a free inode for an entry of the directory with inode `parent`. ERROR_NO_SPACE, ERROR_DAMAGED, ERROR_IO */
int inode_number_allocate(uint32_t parent, bool directory, uint32_t *number);

/* Gives an inode number (in range) back. ERROR_DAMAGED (it was free), ERROR_IO */
int inode_number_free(uint32_t number, bool directory);

/*
 * For a successor that does operations again: before this buffer is changed, if it is a block bitmap: what is in use
 * now is not given out before the commit. And when all are done: how much that is.
 */
void alloc_redo(const struct buffer *buffer);
void alloc_redone(void);
