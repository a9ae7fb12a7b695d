/* Allocation of blocks and inodes; alloc.h says where they are placed. */
#include "alloc.h"
#include "bitmap.h"
#include "group.h"
#include "journal.h"
#include "servers/proto/error.h"
#include <stdlib.h>
#include <string.h>

/* ---- blocks freed since the last commit ---- */

static uint8_t all_taken[4096]; /* stands for a copy where there was no memory for one: the group gives nothing */

/*
 * A block is about to be freed in this group. Until the journal has committed that, a crash brings its old owner back,
 * so it must not get new contents: the bitmap as it is now is kept beside the group, and what it says is in use is not
 * given out.
 */
static void reserve(struct group_layout *layout, const struct buffer *bitmap)
{
    if (layout->reserved != NULL)
        return;
    layout->reserved = malloc(filesystem.block_size);
    if (layout->reserved != NULL) {
        memcpy(layout->reserved, bitmap->data, filesystem.block_size);
    } else {
        memset(all_taken, 0xff, sizeof(all_taken));
        layout->reserved = all_taken;
    }
}

void alloc_committed(void)
{
    for (uint32_t i = 0; i < filesystem.groups && filesystem.layout != NULL; i++) {
        if (filesystem.layout[i].reserved != all_taken)
            free(filesystem.layout[i].reserved);
        filesystem.layout[i].reserved = NULL;
    }
    filesystem.reserved_blocks = 0;
}

void alloc_redo(const struct buffer *buffer)
{
    if (buffer->block < filesystem.first_block || !journal_is_on())
        return;
    struct group_layout *layout = &filesystem.layout[group_of_block(buffer->block)];
    if (layout->block_bitmap == buffer->block)
        reserve(layout, buffer);
}

void alloc_redone(void)
{
    filesystem.reserved_blocks = 0;
    for (uint32_t number = 0; number < filesystem.groups; number++) {
        const struct group_layout *layout = &filesystem.layout[number];
        struct buffer *bitmap;
        if (layout->reserved == NULL || cache_get(layout->block_bitmap, &bitmap) != OK)
            continue;
        filesystem.reserved_blocks += bitmap_count_only(layout->reserved, bitmap->data, group_block_count(number));
        cache_put(bitmap);
    }
}

/* ---- blocks ---- */

/* The first bit at or after `start`, or else before it, that may be given out; `count` if there is none. */
static uint32_t find_bit(const struct buffer *bitmap, const uint8_t *reserved, uint32_t start, uint32_t count)
{
    uint32_t bit = bitmap_find_clear(bitmap->data, reserved, start, count);
    return bit < count ? bit : bitmap_find_clear(bitmap->data, reserved, 0, count);
}

/*
 * Takes a block of one group, whose descriptor says that there is one; searched from bit `start`, then from 0.
 * ERROR_NO_SPACE: all of them were freed only now.
 */
static int take_block(uint32_t number, uint32_t start, struct group *group, uint32_t *block)
{
    uint32_t count = group_block_count(number);
    const struct group_layout *layout = &filesystem.layout[number];
    struct buffer *bitmap;
    int status = cache_get(layout->block_bitmap, &bitmap);
    if (status != OK)
        return status;
    uint32_t bit = find_bit(bitmap, layout->reserved, start, count);
    *block = group_first_block(number) + bit;
    if (bit == count && layout->reserved != NULL && find_bit(bitmap, NULL, start, count) < count) {
        status = ERROR_NO_SPACE;
    } else if (bit == count || !block_is_data(*block)) {
        status = damaged("the block bitmap of group %u does not fit its descriptor", number);
    } else {
        cache_modify(bitmap);
        bitmap_set(bitmap->data, bit);
        cache_modify(group->buffer);
        group->descriptor->free_blocks_count--;
        cache_modify(filesystem.super_buffer);
        filesystem.super->free_blocks_count--;
    }
    cache_put(bitmap);
    return status;
}

int block_allocate(uint32_t goal, uint32_t *block)
{
    if (goal < filesystem.first_block || goal >= filesystem.blocks)
        goal = filesystem.first_block;
    uint32_t number = group_of_block(goal), start = goal - group_first_block(number);
    for (uint32_t i = 0; i < filesystem.groups; i++) {
        struct group group;
        int status = group_get(number, &group);
        if (status != OK)
            return status;
        status = group.descriptor->free_blocks_count > 0 ? take_block(number, start, &group, block) : ERROR_NO_SPACE;
        group_put(&group);
        if (status != ERROR_NO_SPACE)
            return status;
        number = (number + 1) % filesystem.groups;
        start = 0;
    }
    return ERROR_NO_SPACE;
}

int block_free(uint32_t block)
{
    uint32_t number = group_of_block(block), bit = block - group_first_block(number);
    struct buffer *bitmap;
    struct group group;
    int status = group_get(number, &group);
    if (status != OK)
        return status;
    status = cache_get(filesystem.layout[number].block_bitmap, &bitmap);
    if (status == OK && !bitmap_test(bitmap->data, bit)) {
        status = damaged("block %u is in use, but marked free", block);
        cache_put(bitmap);
    } else if (status == OK) {
        if (journal_is_on()) {
            reserve(&filesystem.layout[number], bitmap);
            filesystem.reserved_blocks++;
        }
        cache_modify(bitmap);
        bitmap_clear(bitmap->data, bit);
        cache_modify(group.buffer);
        group.descriptor->free_blocks_count++;
        cache_modify(filesystem.super_buffer);
        filesystem.super->free_blocks_count++;
        cache_forget(block);
        journal_forget(block);
        cache_put(bitmap);
    }
    group_put(&group);
    return status;
}

/* ---- inodes ---- */

/* Where a new directory goes: the group with most free blocks among those with at least the average of free inodes. */
static int roomiest_group(uint32_t *best)
{
    uint32_t average = filesystem.super->free_inodes_count / filesystem.groups;
    int most = -1;
    *best = 0;
    for (uint32_t number = 0; number < filesystem.groups; number++) {
        struct group group;
        int status = group_get(number, &group);
        if (status != OK)
            return status;
        if (group.descriptor->free_inodes_count >= average && group.descriptor->free_blocks_count > most) {
            most = group.descriptor->free_blocks_count;
            *best = number;
        }
        group_put(&group);
    }
    return OK;
}

/* Takes an inode of one group, whose descriptor says that there is one. */
static int take_inode(uint32_t number, struct group *group, bool directory, uint32_t *inode)
{
    struct buffer *bitmap;
    int status = cache_get(filesystem.layout[number].inode_bitmap, &bitmap);
    if (status != OK)
        return status;
    uint32_t bit = bitmap_find_clear(bitmap->data, NULL, 0, filesystem.inodes_per_group);
    *inode = number * filesystem.inodes_per_group + bit + 1;
    if (bit == filesystem.inodes_per_group || *inode < filesystem.first_inode) {
        status = damaged("the inode bitmap of group %u does not fit its descriptor", number);
    } else {
        cache_modify(bitmap);
        bitmap_set(bitmap->data, bit);
        cache_modify(group->buffer);
        group->descriptor->free_inodes_count--;
        group->descriptor->used_directories_count += directory;
        cache_modify(filesystem.super_buffer);
        filesystem.super->free_inodes_count--;
    }
    cache_put(bitmap);
    return status;
}

int inode_number_allocate(uint32_t parent, bool directory, uint32_t *inode)
{
    uint32_t number = group_of_inode(parent);
    int status = directory ? roomiest_group(&number) : OK;
    for (uint32_t i = 0; i < filesystem.groups && status == OK; i++) {
        struct group group;
        status = group_get(number, &group);
        if (status != OK)
            return status;
        bool has_room = group.descriptor->free_inodes_count > 0;
        if (has_room)
            status = take_inode(number, &group, directory, inode);
        group_put(&group);
        if (has_room)
            return status;
        number = (number + 1) % filesystem.groups;
    }
    return status == OK ? ERROR_NO_SPACE : status;
}

int inode_number_free(uint32_t inode, bool directory)
{
    uint32_t number = group_of_inode(inode), bit = (inode - 1) % filesystem.inodes_per_group;
    struct buffer *bitmap;
    struct group group;
    int status = group_get(number, &group);
    if (status != OK)
        return status;
    status = cache_get(filesystem.layout[number].inode_bitmap, &bitmap);
    if (status == OK && (!bitmap_test(bitmap->data, bit) || group.descriptor->used_directories_count < directory)) {
        status = damaged("inode %u is in use, but marked free", inode);
        cache_put(bitmap);
    } else if (status == OK) {
        cache_modify(bitmap);
        bitmap_clear(bitmap->data, bit);
        cache_modify(group.buffer);
        group.descriptor->free_inodes_count++;
        group.descriptor->used_directories_count -= directory;
        cache_modify(filesystem.super_buffer);
        filesystem.super->free_inodes_count++;
        cache_put(bitmap);
    }
    group_put(&group);
    return status;
}
