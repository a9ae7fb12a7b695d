/* The balance; balance.h says what for. */
#include "balance.h"
#include "bitmap.h"
#include "directory.h"
#include "group.h"
#include "inode.h"
#include "servers/proto/error.h"
#include "sum.h"
#include <string.h>

/*
 * The accounts: everything is entered twice, with opposite signs, so each is 0 in the end. Where it matters which
 * block, inode or group is meant, not only how many, it is entered times its hash. Sums are modulo 2^64.
 */
static struct {
    uint64_t blocks;       /* hash: numbers in inodes and indirect blocks, less bits of the block bitmaps */
    uint64_t free_blocks;  /* the superblock's count, and bits */
    uint64_t group_blocks; /* group's hash: the same of descriptors */
    uint64_t sectors;      /* of all inodes, less blocks that they name */
    uint64_t inodes;       /* hash: inodes in use, less bits of the inode bitmaps */
    uint64_t free_inodes;  /* the superblock's count, and bits */
    uint64_t group_inodes; /* group's hash: the same of descriptors */
    uint64_t directories;  /* group's hash: directories that descriptors count, less those that are there */
    uint64_t links;        /* hash: names that inodes count, less entries in directories */
} account;

void balance_start(void)
{
    memset(&account, 0, sizeof(account));
}

/* ---- block numbers, entries ---- */

/* A place named `old` and now names `new`; 0: nothing. */
static void count_number(uint32_t old, uint32_t new)
{
    account.blocks += (new != 0 ? hash_number(new) : 0) - (old != 0 ? hash_number(old) : 0);
    account.sectors -= ((uint64_t)(new != 0) - (old != 0)) * sectors_per_block();
}

/* `now` NULL: the block is gone. */
static void count_numbers(const uint8_t *before, const uint8_t *now)
{
    const uint32_t *old = (const void *)before, *new = (const void *)now;
    for (uint32_t i = 0; i < filesystem.block_size / sizeof(*old); i++)
        if (now == NULL ? old[i] != 0 : old[i] != new[i])
            count_number(old[i], now == NULL ? 0 : new[i]);
}

/* Counts the entries of a directory's block `times`. Returns whether they fill it, as they must. */
static bool count_entries(const uint8_t *block, uint64_t times)
{
    uint32_t offset = 0;
    while (offset < filesystem.block_size) {
        const struct ext2_entry *entry = directory_record(block, offset);
        if (entry == NULL)
            return false;
        account.links -= entry->inode != 0 ? hash_number(entry->inode) * times : 0;
        offset += entry->length;
    }
    return true;
}

/* Of two sound blocks: an entry that stays where it is keeps its name, whatever it names. */
static bool names_stay(const uint8_t *before, const uint8_t *now)
{
    for (uint32_t at = 0, other = 0; at < filesystem.block_size && other < filesystem.block_size;) {
        const struct ext2_entry *old = directory_record(before, at), *new = directory_record(now, other);
        bool same_place = at == other, are_used = old->inode != 0 && new->inode != 0;
        if (same_place && are_used &&
            (old->name_length != new->name_length || memcmp(old->name, new->name, old->name_length) != 0))
            return false;
        uint32_t step = at <= other ? old->length : 0;
        other += other <= at ? new->length : 0;
        at += step;
    }
    return true;
}

static int check_entries(const struct buffer *buffer, const uint8_t *before)
{
    bool was_sound = count_entries(before, -1ul), is_born = buffer->flags & BUFFER_BORN;
    bool is_sound = count_entries(buffer->data, 1);
    if (was_sound && is_sound ? names_stay(before, buffer->data) : is_sound || !(was_sound || is_born))
        return OK;
    return damaged("a change of directory block %u", buffer->block);
}

void balance_freed(const struct buffer *buffer, const uint8_t *before)
{
    cache_check(buffer);
    if (buffer->flags & BUFFER_NUMBERS)
        count_numbers(before, NULL);
    if (buffer->flags & BUFFER_RECORDS)
        count_entries(before, -1ul);
}

/* ---- inodes ---- */

/* What an inode that is in use says of blocks and names, `times`. */
static void count_inode(const struct inode *inode, uint64_t times)
{
    const struct ext2_inode *raw = inode->raw;
    uint32_t group = group_of_inode(inode->number);
    if (raw->links_count == 0)
        return;
    account.links += hash_number(inode->number) * raw->links_count * times;
    account.inodes += hash_number(inode->number) * times;
    account.directories -= inode_kind(inode) == KIND_DIRECTORY ? hash_number(group) * times : 0;
    account.sectors += raw->sectors * times;
}

static void count_blocks(const struct inode *before, const struct inode *now)
{
    bool had = before->raw->links_count > 0, has = now->raw->links_count > 0;
    bool had_blocks = had && inode_has_blocks(before), has_blocks = has && inode_has_blocks(now);
    for (unsigned i = 0; i < BLOCK_POINTERS; i++)
        count_number(had_blocks ? before->raw->block[i] : 0, has_blocks ? now->raw->block[i] : 0);
    count_number(had ? before->raw->attributes : 0, has ? now->raw->attributes : 0);
}

/* No operation changes this of a file that stays. */
static bool is_same_file(const struct ext2_inode *old, const struct ext2_inode *new)
{
    return old->mode == new->mode && old->user == new->user && old->group == new->group &&
           (old->flags & ~(uint32_t)INODE_INDEXED) == (new->flags & ~(uint32_t)INODE_INDEXED) &&
           old->generation == new->generation && old->attributes == new->attributes &&
           old->user_high == new->user_high && old->group_high == new->group_high;
}

/* Whether what the i-th number in the inode leads to lies behind the file's end. */
static bool is_behind(const struct inode *inode, unsigned i)
{
    uint64_t pointers = filesystem.block_size / sizeof(uint32_t);
    const uint64_t firsts[] = {DIRECT_BLOCKS, DIRECT_BLOCKS + pointers, DIRECT_BLOCKS + pointers + pointers * pointers};
    uint64_t first = i < DIRECT_BLOCKS ? i : firsts[i - DIRECT_BLOCKS];
    return first * filesystem.block_size >= inode_size(inode);
}

/* Whether a block lies behind the file's end. Only the numbers in the inode itself are looked at. */
static bool is_too_long(const struct inode *inode)
{
    for (unsigned i = 0; i < BLOCK_POINTERS; i++)
        if (inode->raw->block[i] != 0 && is_behind(inode, i))
            return true;
    return false;
}

/* Whether a file has all blocks that it had, up to its end: no operation takes one out. */
static bool keeps_blocks(const struct inode *old, const struct inode *new)
{
    for (unsigned i = 0; i < BLOCK_POINTERS; i++)
        if (old->raw->block[i] != 0 && new->raw->block[i] != old->raw->block[i] && !is_behind(new, i))
            return false;
    return true;
}

static int check_inode(uint32_t number, const uint8_t *before, const uint8_t *now)
{
    struct inode old = {.number = number, .raw = (void *)before}, new = {.number = number, .raw = (void *)now};
    count_inode(&old, -1ul);
    count_inode(&new, 1);
    count_blocks(&old, &new);
    if (new.raw->links_count == 0)
        return OK;
    if (old.raw->links_count > 0 && !is_same_file(old.raw, new.raw))
        return damaged("a change made another file of inode %u", number);
    if (inode_has_blocks(&new) && is_too_long(&new) && !(old.raw->links_count > 0 && is_too_long(&old)))
        return damaged("a change left blocks behind the end of inode %u", number);
    if (old.raw->links_count > 0 && inode_has_blocks(&old) && inode_has_blocks(&new) && !keeps_blocks(&old, &new))
        return damaged("a change took blocks out of inode %u", number);
    return inode_check(&new);
}

/* A block of an inode table, whose first inode has this number. */
static int check_inodes(uint32_t first, const struct buffer *buffer, const uint8_t *before)
{
    uint32_t size = filesystem.inode_size;
    int status = OK;
    for (uint32_t at = 0; at < filesystem.block_size && status == OK; at += size)
        if (memcmp(before + at, buffer->data + at, size) != 0)
            status = check_inode(first + at / size, before + at, buffer->data + at);
    return status;
}

/* ---- bitmaps, descriptors, superblock ---- */

/* The number that a bit of a bitmap stands for is `first` and the bit's place. */
struct bits {
    uint32_t first, group;
    uint64_t *numbers, *total, *group_total;
};

static void count_bits(const struct bits *bits, const struct buffer *buffer, const uint8_t *before)
{
    const uint64_t *old = (const void *)before, *new = (const void *)buffer->data;
    for (uint32_t i = 0; i < filesystem.block_size / sizeof(*old); i++)
        for (uint64_t rest = old[i] ^ new[i]; rest != 0; rest &= rest - 1) {
            uint32_t bit = i * 64 + (uint32_t)__builtin_ctzl(rest);
            uint64_t sign = bitmap_test(buffer->data, bit) ? 1 : -1ul;
            *bits->numbers -= hash_number(bits->first + bit) * sign;
            *bits->total += sign;
            *bits->group_total += hash_number(bits->group) * sign;
        }
}

static int check_descriptors(const struct buffer *buffer, const uint8_t *before)
{
    uint32_t per_block = filesystem.block_size / sizeof(struct ext2_group);
    uint32_t number = (buffer->block - filesystem.first_block - 1) * per_block;
    const struct ext2_group *old = (const void *)before, *new = (const void *)buffer->data;
    for (uint32_t i = 0; i < per_block; i++, number++, old++, new ++) {
        struct ext2_group expected = *old;
        expected.free_blocks_count = new->free_blocks_count;
        expected.free_inodes_count = new->free_inodes_count;
        expected.used_directories_count = new->used_directories_count;
        if (memcmp(&expected, new, sizeof(expected)) != 0)
            return damaged("a change of the descriptor of group %u", number);
        account.group_blocks += hash_number(number) * ((uint64_t) new->free_blocks_count - old->free_blocks_count);
        account.group_inodes += hash_number(number) * ((uint64_t) new->free_inodes_count - old->free_inodes_count);
        account.directories +=
            hash_number(number) * ((uint64_t) new->used_directories_count - old->used_directories_count);
    }
    return OK;
}

static int check_superblock(const struct buffer *buffer, const uint8_t *before)
{
    uint32_t at = SUPERBLOCK_OFFSET % filesystem.block_size, behind = at + sizeof(struct ext2_superblock);
    const struct ext2_superblock *old = (const void *)(before + at), *new = (const void *)(buffer->data + at);
    struct ext2_superblock expected = *old;
    expected.free_blocks_count = new->free_blocks_count;
    expected.free_inodes_count = new->free_inodes_count;
    expected.read_only_compatible |= new->read_only_compatible &READ_ONLY_LARGE_FILE;
    account.free_blocks += (uint64_t) new->free_blocks_count - old->free_blocks_count;
    account.free_inodes += (uint64_t) new->free_inodes_count - old->free_inodes_count;
    bool rest_is_same = memcmp(before, buffer->data, at) == 0 &&
                        memcmp(before + behind, buffer->data + behind, filesystem.block_size - behind) == 0;
    return rest_is_same && memcmp(&expected, new, sizeof(expected)) == 0 ? OK : damaged("a change of the superblock");
}

/* ---- the whole ---- */

/* Extended attributes: only how many inodes share the block changes, and another inode does not name it any more. */
static int check_attributes(const struct buffer *buffer, const uint8_t *before)
{
    struct ext2_attributes expected = *(const struct ext2_attributes *)before;
    const struct ext2_attributes *now = (const void *)buffer->data;
    bool is_one_less = expected.magic == ATTRIBUTES_MAGIC && expected.references-- > 1 &&
                       memcmp(&expected, now, sizeof(expected)) == 0 &&
                       memcmp(before + sizeof(expected), now + 1, filesystem.block_size - sizeof(expected)) == 0;
    account.blocks += hash_number(buffer->block);
    return is_one_less ? OK : damaged("a change of block %u, which is no metadata", buffer->block);
}

/* A block in a group, but for superblock and descriptors. */
static int check_in_group(const struct buffer *buffer, const uint8_t *before)
{
    uint32_t block = buffer->block, number = group_of_block(block);
    const struct group_layout *layout = &filesystem.layout[number];
    struct bits blocks = {group_first_block(number), number, &account.blocks, &account.free_blocks,
                          &account.group_blocks};
    struct bits inodes = {number * filesystem.inodes_per_group + 1, number, &account.inodes, &account.free_inodes,
                          &account.group_inodes};
    uint32_t per_block = filesystem.block_size / filesystem.inode_size;
    if (block == layout->block_bitmap)
        count_bits(&blocks, buffer, before);
    else if (block == layout->inode_bitmap)
        count_bits(&inodes, buffer, before);
    else if (group_table_has(layout, block))
        return check_inodes(inodes.first + (block - layout->inode_table) * per_block, buffer, before);
    else if (!block_is_data(block))
        return damaged("a change of block %u, which no operation changes", block);
    else if (buffer->flags & BUFFER_RECORDS)
        return check_entries(buffer, before);
    else if (buffer->flags & BUFFER_NUMBERS)
        count_numbers(before, buffer->data);
    else
        return check_attributes(buffer, before);
    return OK;
}

int balance_changed(const struct buffer *buffer, const uint8_t *before)
{
    if (buffer == filesystem.super_buffer)
        return check_superblock(buffer, before);
    if (buffer->block - filesystem.first_block - 1 < filesystem.descriptor_blocks)
        return check_descriptors(buffer, before);
    if (buffer->block < filesystem.first_block || buffer->block >= filesystem.blocks)
        return damaged("a change of block %u, which no operation changes", buffer->block);
    return check_in_group(buffer, before);
}

int balance_end(void)
{
    static const char *const names[] = {"blocks in use",         "free blocks",           "free blocks of groups",
                                        "blocks of inodes",      "inodes in use",         "free inodes",
                                        "free inodes of groups", "directories of groups", "names"};
    const uint64_t *sums = (const void *)&account;
    _Static_assert(sizeof(account) == sizeof(names), "each account has a name");
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (sums[i] != 0)
            return damaged("a change does not add up: %s", names[i]);
    return OK;
}
