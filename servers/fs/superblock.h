/*
 * The superblock's numbers, checked against each other and against the size of the device before any of them is used.
 */
#pragma once
#include "filesystem.h"

/*
 * Everything that can be said without looking at other blocks; `sectors`: of the device. Says what is wrong.
 * ERROR_NOT_SUPPORTED, ERROR_DAMAGED
 */
int superblock_check(const struct ext2_superblock *super, uint64_t sectors);

/* Takes the numbers of a checked superblock over into `filesystem`. */
void superblock_adopt(const struct ext2_superblock *super);

/* Says on the disk, durably, whether the journal is needed to read it, and changes bits of enum ext2_state. ERROR_IO */
int superblock_mark(bool needs_recovery, uint16_t clear, uint16_t set);
