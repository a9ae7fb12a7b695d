/* Block groups; group.h says what they are. */
#include "group.h"
#include "servers/proto/error.h"
#include <stdlib.h>

uint32_t group_block_count(uint32_t number)
{
    uint32_t rest = filesystem.blocks - group_first_block(number);
    return rest < filesystem.blocks_per_group ? rest : filesystem.blocks_per_group;
}

int group_get(uint32_t number, struct group *group)
{
    uint32_t per_block = filesystem.block_size / sizeof(struct ext2_group);
    int status = cache_get(filesystem.first_block + 1 + number / per_block, &group->buffer);
    if (status == OK)
        group->descriptor = (struct ext2_group *)group->buffer->data + number % per_block;
    return status;
}

void group_put(struct group *group)
{
    cache_put(group->buffer);
}

static bool is_power_of(uint32_t number, uint32_t base)
{
    uint64_t power = base;
    while (power < number)
        power *= base;
    return power == number;
}

/* Whether the group begins with a copy of the superblock and the descriptors. */
static bool has_copy(uint32_t number)
{
    const struct ext2_superblock *super = filesystem.super;
    if (number == 0 || super->revision == 0)
        return true;
    if (super->compatible & COMPATIBLE_SPARSE_SUPER2)
        return number == super->backup_groups[0] || number == super->backup_groups[1];
    if (!(super->read_only_compatible & READ_ONLY_SPARSE_SUPER) || number == 1)
        return true;
    return is_power_of(number, 3) || is_power_of(number, 5) || is_power_of(number, 7);
}

/* Blocks at the group's start that hold superblock and descriptors. */
static uint32_t head_blocks(uint32_t number)
{
    return has_copy(number) ? 1 + filesystem.descriptor_blocks + filesystem.reserved_descriptor_blocks : 0;
}

/* Bitmaps and table must lie in the group, behind its head, and apart from each other. */
static int check_layout(uint32_t number, const struct group_layout *layout)
{
    uint32_t first = group_first_block(number), count = group_block_count(number), head = layout->head;
    bool inside = head < count && layout->block_bitmap - first >= head && layout->block_bitmap - first < count &&
                  layout->inode_bitmap - first >= head && layout->inode_bitmap - first < count &&
                  layout->inode_table - first >= head && layout->inode_table - first < count &&
                  filesystem.table_blocks <= count - (layout->inode_table - first);
    bool apart = layout->block_bitmap != layout->inode_bitmap && !group_table_has(layout, layout->block_bitmap) &&
                 !group_table_has(layout, layout->inode_bitmap);
    return inside && apart ? OK : damaged("the bitmaps or the inode table of group %u are misplaced", number);
}

static int load_group(uint32_t number, uint64_t *free_blocks, uint64_t *free_inodes)
{
    struct group group;
    int status = group_get(number, &group);
    if (status != OK)
        return status;
    const struct ext2_group *descriptor = group.descriptor;
    struct group_layout layout = {head_blocks(number), descriptor->block_bitmap, descriptor->inode_bitmap,
                                  descriptor->inode_table, NULL};
    uint32_t blocks = descriptor->free_blocks_count, inodes = descriptor->free_inodes_count;
    uint32_t directories = descriptor->used_directories_count;
    group_put(&group);
    if (blocks > group_block_count(number) || inodes + directories > filesystem.inodes_per_group)
        return damaged("the counts of group %u are impossible", number);
    filesystem.layout[number] = layout;
    *free_blocks += blocks;
    *free_inodes += inodes;
    return check_layout(number, &layout);
}

int groups_load(void)
{
    uint64_t free_blocks = 0, free_inodes = 0;
    int status = OK;
    filesystem.layout = calloc(filesystem.groups, sizeof(struct group_layout));
    if (filesystem.layout == NULL)
        return ERROR_NO_MEMORY;
    for (uint32_t number = 0; number < filesystem.groups && status == OK; number++)
        status = load_group(number, &free_blocks, &free_inodes);
    /* after a power cut the sums may differ from the superblock's counts; the descriptors are nearer to the truth */
    if (status == OK) {
        cache_open(filesystem.super_buffer);
        filesystem.super->free_blocks_count = (uint32_t)free_blocks;
        filesystem.super->free_inodes_count = (uint32_t)free_inodes;
        cache_seal(filesystem.super_buffer);
    }
    return status;
}
