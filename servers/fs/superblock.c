/*
 * Mounting: the checks of the superblock, and the state that it carries on the disk.
 *
 * The superblock says "clean" while nothing is being changed. The first change after a sync takes that mark away,
 * durably, before anything else reaches the disk; a sync writes everything, and only then the mark. So a disk that
 * says "clean" is consistent, whenever the power fails.
 */
#include "disk.h"
#include "features.h"
#include "filesystem.h"
#include "group.h"
#include "inode.h"
#include "servers/proto/error.h"
#include "servers/proto/io.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAMAGE_REPORTS 10 /* a damaged disk must not flood the console */

struct filesystem filesystem;

static bool is_power_of_two(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

/* What 12 direct, n indirect, n*n double and n*n*n triple indirect blocks hold; revision 0 has 31 bits of size. */
static uint64_t largest_file(uint32_t block_size, uint32_t revision)
{
    uint64_t pointers = block_size / 4;
    uint64_t blocks = DIRECT_BLOCKS + pointers + pointers * pointers + pointers * pointers * pointers;
    return revision == 0 ? 0x7fffffff : blocks * block_size;
}

/* Says which number of the superblock is impossible. */
static int impossible(const char *what, uint64_t number)
{
    report("the disk's superblock is damaged: %s %lu", what, (unsigned long)number);
    return ERROR_DAMAGED;
}

static int check_blocks(const struct ext2_superblock *super, uint64_t sectors)
{
    if (super->log_block_size > 2)
        return impossible("block size 1024 <<", super->log_block_size);
    uint32_t size = 1024u << super->log_block_size;
    if (super->first_data_block != (size == 1024))
        return impossible("first data block", super->first_data_block);
    if (super->blocks_count <= super->first_data_block + 4)
        return impossible("blocks", super->blocks_count);
    if (super->blocks_count > sectors / (size / DISK_SECTOR)) {
        report("the disk is damaged: its file system has %u blocks of %u bytes, the device only %lu sectors",
               super->blocks_count, size, (unsigned long)sectors);
        return ERROR_DAMAGED;
    }
    if (super->blocks_per_group == 0 || super->blocks_per_group > 8 * size)
        return impossible("blocks in a group", super->blocks_per_group);
    if (super->free_blocks_count > super->blocks_count)
        return impossible("free blocks", super->free_blocks_count);
    return OK;
}

static int check_inodes(const struct ext2_superblock *super)
{
    uint32_t block_size = 1024u << super->log_block_size;
    uint32_t size = super->revision == 0 ? INODE_SIZE_SMALLEST : super->inode_size;
    uint32_t first = super->revision == 0 ? REVISION0_FIRST : super->first_inode;
    uint64_t groups = (super->blocks_count - super->first_data_block + (uint64_t)super->blocks_per_group - 1) /
                      super->blocks_per_group;
    if (size < INODE_SIZE_SMALLEST || size > block_size || !is_power_of_two(size))
        return impossible("inode size", size);
    if (super->inodes_per_group == 0 || super->inodes_per_group > 8 * block_size)
        return impossible("inodes in a group", super->inodes_per_group);
    if (super->inodes_count != groups * super->inodes_per_group)
        return impossible("inodes", super->inodes_count);
    if (first <= ROOT_INODE || first > super->inodes_count)
        return impossible("first inode", first);
    if (super->free_inodes_count > super->inodes_count)
        return impossible("free inodes", super->free_inodes_count);
    return OK;
}

/* Everything that can be said without looking at other blocks. `sectors`: of the device. */
static int check(const struct ext2_superblock *super, uint64_t sectors)
{
    if (super->magic != EXT2_MAGIC) {
        report("the disk holds no ext2 file system");
        return ERROR_NOT_SUPPORTED;
    }
    if (super->revision > 1) {
        report("the disk's file system has revision %u; this server knows 0 and 1", super->revision);
        return ERROR_NOT_SUPPORTED;
    }
    if (!features_allow_reading(super))
        return ERROR_NOT_SUPPORTED;
    int status = check_blocks(super, sectors);
    return status == OK ? check_inodes(super) : status;
}

/* Takes over the numbers of a checked superblock. */
static void adopt(const struct ext2_superblock *super)
{
    bool dynamic = super->revision > 0;
    struct filesystem *fs = &filesystem;
    fs->block_size = 1024u << super->log_block_size;
    fs->blocks = super->blocks_count;
    fs->first_block = super->first_data_block;
    fs->blocks_per_group = super->blocks_per_group;
    fs->groups = (fs->blocks - fs->first_block - 1) / fs->blocks_per_group + 1;
    fs->inodes = super->inodes_count;
    fs->inodes_per_group = super->inodes_per_group;
    fs->first_inode = dynamic ? super->first_inode : REVISION0_FIRST;
    fs->inode_size = dynamic ? super->inode_size : INODE_SIZE_SMALLEST;
    fs->table_blocks = (fs->inodes_per_group * fs->inode_size - 1) / fs->block_size + 1;
    fs->descriptor_blocks = (fs->groups * (uint32_t)sizeof(struct ext2_group) - 1) / fs->block_size + 1;
    fs->reserved_descriptor_blocks = dynamic ? super->reserved_descriptor_blocks : 0;
    fs->largest_file = largest_file(fs->block_size, super->revision);
    fs->has_types = dynamic && (super->incompatible & INCOMPATIBLE_FILETYPE);
    fs->was_clean = super->state == STATE_CLEAN;
}

/* Decides whether the mount may write, and says so if not. */
static bool may_write(const struct ext2_superblock *super, const struct disk *disk)
{
    if (disk->read_only) {
        report("mounted read-only: the disk cannot be written");
        return false;
    }
    if (super->state & STATE_ERRORS) {
        report("mounted read-only: errors were found in this file system before; check it with e2fsck");
        return false;
    }
    if (!features_allow_writing(super))
        return false;
    if (!filesystem.was_clean)
        report("the file system was not left clean; check it with e2fsck");
    return true;
}

static int check_root(void)
{
    struct inode root;
    int status = inode_get(ROOT_INODE, &root);
    if (status != OK)
        return status == ERROR_STALE ? damaged("there is no root directory") : status;
    bool is_directory = inode_kind(&root) == KIND_DIRECTORY;
    inode_put(&root);
    return is_directory ? OK : damaged("inode %u is not the root directory", ROOT_INODE);
}

/* The second half of mounting, with a checked superblock in `memory`. */
static int mount_checked(void *memory, size_t bytes, const struct disk *disk)
{
    struct filesystem *fs = &filesystem;
    adopt(memory);
    int status = cache_start(memory, bytes, fs->block_size, disk->largest_piece);
    if (status == OK)
        status = cache_get(SUPERBLOCK_OFFSET / fs->block_size, &fs->super_buffer);
    if (status != OK)
        return status;
    fs->super = (void *)(fs->super_buffer->data + SUPERBLOCK_OFFSET % fs->block_size);
    fs->read_only = true; /* until everything is known to be in order */
    status = groups_load();
    if (status == OK)
        status = check_root();
    if (status == OK)
        fs->read_only = !may_write(fs->super, disk);
    return status;
}

int filesystem_mount(void *memory, size_t bytes)
{
    struct disk disk;
    free(filesystem.layout);
    filesystem = (struct filesystem){0};
    int status = disk_open(&disk);
    if (status != OK) {
        report("there is no disk");
        return status;
    }
    struct disk_piece piece = {SUPERBLOCK_OFFSET / DISK_SECTOR, memory, sizeof(struct ext2_superblock)};
    if (disk.sectors < 2 * SUPERBLOCK_OFFSET / DISK_SECTOR) {
        report("the disk holds no ext2 file system");
        return ERROR_NOT_SUPPORTED;
    }
    status = disk_read(&piece, 1);
    if (status != OK) {
        report("the disk's superblock cannot be read");
        return status;
    }
    status = check(memory, disk.sectors);
    return status == OK ? mount_checked(memory, bytes, &disk) : status;
}

/* ---- the mark "clean", and the end of trust ---- */

int filesystem_change(void)
{
    struct filesystem *fs = &filesystem;
    if (fs->read_only)
        return ERROR_READ_ONLY;
    if (fs->changed)
        return OK;
    fs->super->state &= (uint16_t)~STATE_CLEAN;
    fs->super->write_time = filesystem_now();
    cache_modify(fs->super_buffer);
    int status = cache_sync();
    fs->changed = status == OK;
    return status;
}

int filesystem_flush(void)
{
    return cache_sync();
}

int filesystem_sync(void)
{
    struct filesystem *fs = &filesystem;
    int status = cache_sync();
    if (status != OK || !fs->changed)
        return status;
    if (fs->was_clean && !fs->damaged) {
        fs->super->state |= STATE_CLEAN;
        fs->super->write_time = filesystem_now();
        cache_modify(fs->super_buffer);
        status = cache_sync();
    }
    fs->changed = status != OK;
    return status;
}

uint32_t filesystem_now(void)
{
    uint32_t now = disk_now();
    return now > filesystem.super->write_time ? now : filesystem.super->write_time;
}

int damaged(const char *format, ...)
{
    static unsigned reports;
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (reports++ < DAMAGE_REPORTS)
        report("the disk is damaged: %s", text);
    if (!filesystem.read_only)
        report("the file system is read-only from now on; check it with e2fsck");
    filesystem.read_only = true;
    filesystem.damaged = true;
    return ERROR_DAMAGED;
}
