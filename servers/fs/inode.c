/* Inodes; inode.h says how they are handled. */
#include "inode.h"
#include "alloc.h"
#include "blockmap.h"
#include "group.h"
#include "servers/proto/error.h"
#include "servers/proto/io.h"
#include <string.h>

/* ---- finding ---- */

/* Pins the place of inode `number` (in range) in its table, whatever it holds. */
static int find(uint32_t number, struct inode *inode)
{
    uint32_t index = (number - 1) % filesystem.inodes_per_group;
    uint32_t per_block = filesystem.block_size / filesystem.inode_size;
    uint32_t table = filesystem.layout[group_of_inode(number)].inode_table;
    int status = cache_get(table + index / per_block, &inode->buffer);
    inode->number = number;
    if (status == OK)
        inode->raw = (void *)(inode->buffer->data + index % per_block * filesystem.inode_size);
    return status;
}

static bool kind_is_known(unsigned kind)
{
    unsigned known = 1u << KIND_FILE | 1u << KIND_DIRECTORY | 1u << KIND_LINK | 1u << KIND_CHARACTER |
                     1u << KIND_BLOCK | 1u << KIND_PIPE | 1u << KIND_SOCKET;
    return known >> kind & 1;
}

int inode_check(const struct inode *inode)
{
    unsigned kind = inode_kind(inode);
    uint64_t size = inode_size(inode);
    if (!kind_is_known(kind))
        return damaged("inode %u has the impossible kind %u", inode->number, kind);
    if (inode->raw->flags & (INODE_EXTENTS | INODE_INLINE))
        return damaged("inode %u has a format that the superblock excludes", inode->number);
    if (kind == KIND_FILE && size > filesystem.largest_file)
        return damaged("inode %u has the impossible size %lu", inode->number, (unsigned long)size);
    /* a directory has no holes, so it cannot be larger than the disk; it consists of whole blocks */
    if (kind == KIND_DIRECTORY &&
        (size % filesystem.block_size != 0 || size / filesystem.block_size > filesystem.blocks))
        return damaged("directory %u has the impossible size %lu", inode->number, (unsigned long)size);
    if (kind == KIND_LINK && (size == 0 || size >= filesystem.block_size))
        return damaged("symbolic link %u has the impossible length %lu", inode->number, (unsigned long)size);
    return OK;
}

/* Pins an inode that is in use. `number` is in range. */
static int get(uint32_t number, struct inode *inode)
{
    int status = find(number, inode);
    if (status != OK)
        return status;
    status = inode->raw->links_count == 0 ? ERROR_STALE : inode_check(inode);
    if (status != OK)
        inode_put(inode);
    return status;
}

int inode_get(uint32_t number, struct inode *inode)
{
    if (number > filesystem.inodes || (number < filesystem.first_inode && number != ROOT_INODE))
        return ERROR_STALE;
    return get(number, inode);
}

int inode_get_reserved(uint32_t number, struct inode *inode)
{
    return number == 0 || number >= filesystem.first_inode ? ERROR_STALE : get(number, inode);
}

int inode_get_named(uint32_t number, struct inode *inode)
{
    int status = inode_get(number, inode);
    return status == ERROR_STALE ? damaged("a directory names inode %u, which is not in use", number) : status;
}

void inode_modify(struct inode *inode)
{
    cache_modify(inode->buffer);
}

/* ---- fields ---- */

void inode_set_size(struct inode *inode, uint64_t size)
{
    struct ext2_superblock *super = filesystem.super;
    inode_modify(inode);
    inode->raw->size = (uint32_t)size;
    if (inode_kind(inode) == KIND_FILE && super->revision > 0)
        inode->raw->size_high = (uint32_t)(size >> 32);
    if (size >= 0x80000000u && !(super->read_only_compatible & READ_ONLY_LARGE_FILE)) {
        cache_modify(filesystem.super_buffer);
        super->read_only_compatible |= READ_ONLY_LARGE_FILE;
    }
}

/* Whether the inode has the later fields for times. */
static bool has_extra_times(const struct inode *inode)
{
    size_t needed = offsetof(struct ext2_inode, modify_time_extra) + 4 - INODE_SIZE_SMALLEST;
    return filesystem.inode_size > INODE_SIZE_SMALLEST && inode->raw->extra_size >= needed;
}

/* The 32 bits of a time count as signed, and bits 32 and 33 are added to that: after 2038 they must be 1. */
static uint32_t time_extra(uint32_t seconds)
{
    return seconds >> 31;
}

void inode_set_time(struct inode *inode, uint32_t seconds)
{
    uint32_t now = filesystem_now();
    inode_modify(inode);
    inode->raw->modify_time = seconds;
    inode->raw->change_time = now;
    if (has_extra_times(inode)) {
        inode->raw->modify_time_extra = time_extra(seconds);
        inode->raw->change_time_extra = time_extra(now);
    }
}

int inode_link(struct inode *inode)
{
    if (inode->raw->links_count >= LINKS_LIMIT)
        return ERROR_LINKS;
    inode_modify(inode);
    inode->raw->links_count++;
    return OK;
}

void inode_unlink(struct inode *inode)
{
    inode_modify(inode);
    if (inode->raw->links_count > 0)
        inode->raw->links_count--;
}

bool inode_is_short_link(const struct inode *inode)
{
    uint32_t others = inode->raw->attributes != 0 ? sectors_per_block() : 0;
    return inode_kind(inode) == KIND_LINK && inode->raw->sectors == others &&
           inode_size(inode) < sizeof(inode->raw->block);
}

/* ---- birth and death ---- */

/* Fills a new inode. Only the generation survives from the number's last owner. */
static void initialise(struct inode *inode, uint16_t mode)
{
    uint32_t generation = inode->raw->generation;
    inode_modify(inode);
    memset(inode->raw, 0, filesystem.inode_size);
    inode->raw->mode = mode;
    inode->raw->generation = (generation + 1) & 0xffffff;
    inode->raw->links_count = inode_kind(inode) == KIND_DIRECTORY ? 2 : 1;
    inode->raw->access_time = filesystem_now();
    if (filesystem.inode_size >= INODE_SIZE_SMALLEST + INODE_EXTRA_SIZE)
        inode->raw->extra_size = INODE_EXTRA_SIZE;
    inode_set_time(inode, filesystem_now());
}

int inode_create(uint32_t parent, uint16_t mode, struct inode *inode)
{
    bool is_directory = mode >> 12 == KIND_DIRECTORY;
    uint32_t number;
    int status = inode_number_allocate(parent, is_directory, &number);
    if (status != OK)
        return status;
    status = find(number, inode);
    if (status == OK)
        initialise(inode, mode);
    return status;
}

/* Drops the inode's share of its block of extended attributes. */
static int release_attributes(struct inode *inode)
{
    uint32_t block = inode->raw->attributes;
    struct buffer *buffer;
    if (block == 0)
        return OK;
    int status = block_is_data(block) ? cache_get(block, &buffer) : ERROR_DAMAGED;
    if (status == ERROR_DAMAGED)
        return damaged("inode %u has its attributes in block %u", inode->number, block);
    if (status != OK)
        return status;
    struct ext2_attributes *attributes = (void *)buffer->data;
    bool is_valid = attributes->magic == ATTRIBUTES_MAGIC && attributes->references > 0;
    if (!is_valid) {
        status = damaged("block %u holds no attributes", block);
    } else if (attributes->references > 1) {
        cache_modify(buffer);
        attributes->references--;
    } else {
        status = block_free(block);
    }
    cache_put(buffer);
    inode->raw->attributes = 0;
    return status;
}

bool inode_has_blocks(const struct inode *inode)
{
    unsigned kind = inode_kind(inode);
    return kind == KIND_FILE || kind == KIND_DIRECTORY || (kind == KIND_LINK && !inode_is_short_link(inode));
}

int inode_destroy(struct inode *inode)
{
    bool is_directory = inode_kind(inode) == KIND_DIRECTORY;
    bool with_blocks = inode_has_blocks(inode);
    uint64_t kept = 0;
    inode_modify(inode);
    int status = release_attributes(inode);
    if (status == OK && with_blocks)
        status = blockmap_truncate(inode, 0, &kept);
    if (status == OK && kept > 0)
        status = E_LIMIT;
    if (status != OK)
        return status;
    inode->raw->links_count = 0;
    inode->raw->delete_time = filesystem_now();
    inode->raw->size = inode->raw->size_high = 0;
    inode->raw->sectors = 0;
    return inode_number_free(inode->number, is_directory);
}
