/*
 * Block groups: where their bookkeeping lies, and their descriptors' counts.
 *
 * A descriptor is looked at through the cache (group_get .. group_put). The places of bitmaps and inode tables are
 * copied and checked once, at mount, so that nothing that happens to the descriptors later can lead a write astray.
 */
#pragma once
#include "filesystem.h"

struct group {
    struct buffer *buffer;
    struct ext2_group *descriptor;
};

/* Reads all descriptors, checks them, and sums their free counts into the superblock. ERROR_DAMAGED, ERROR_IO, ... */
int groups_load(void);

/* Pins the descriptor of group `number` (< filesystem.groups) until group_put. ERROR_IO */
int group_get(uint32_t number, struct group *group);
void group_put(struct group *group);

/* The group's first block, and how many it has: the last group may be shorter. */
static inline uint32_t group_first_block(uint32_t number)
{
    return filesystem.first_block + number * filesystem.blocks_per_group;
}
uint32_t group_block_count(uint32_t number);

/* The group that a block (in range) or an inode (in range) belongs to. */
static inline uint32_t group_of_block(uint32_t block)
{
    return (block - filesystem.first_block) / filesystem.blocks_per_group;
}
static inline uint32_t group_of_inode(uint32_t inode)
{
    return (inode - 1) / filesystem.inodes_per_group;
}

static inline bool group_table_has(const struct group_layout *layout, uint32_t block)
{
    return block - layout->inode_table < filesystem.table_blocks;
}

/* Whether a file may own this block: on the disk, and not used by the file system itself. */
static inline bool block_is_data(uint32_t block)
{
    if (block < filesystem.first_block || block >= filesystem.blocks)
        return false;
    uint32_t number = group_of_block(block);
    const struct group_layout *layout = &filesystem.layout[number];
    return block - group_first_block(number) >= layout->head && block != layout->block_bitmap &&
           block != layout->inode_bitmap && !group_table_has(layout, block);
}
