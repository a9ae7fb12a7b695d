/*
 * From a block's place in a file to its place on the disk, through up to three levels of indirect blocks (format.h).
 *
 * Block numbers found on the way are checked: a file may only own data blocks. A map that leads in a circle does no
 * harm, as no walk is longer than four steps.
 */
#pragma once
#include "inode.h"

/* Where block `index` of the file is; 0: it is a hole, as all are beyond the largest possible file. ERROR_DAMAGED,
 * ERROR_IO */
int blockmap_find(struct inode *inode, uint64_t index, uint32_t *block);

/*
 * Gives the file a block at `index`, if it has none there; *fresh tells. The contents of a fresh block are undefined.
 * ERROR_NO_SPACE (then nothing was changed), ERROR_TOO_BIG, ERROR_DAMAGED, ERROR_IO
 */
int blockmap_allocate(struct inode *inode, uint64_t index, uint32_t *block, bool *fresh);

/*
 * Frees the blocks of the file from number `keep` on, beginning with the last. *kept: so many are left; more than
 * `keep` if the change has no room for more. ERROR_DAMAGED, ERROR_IO
 */
int blockmap_truncate(struct inode *inode, uint64_t keep, uint64_t *kept);
