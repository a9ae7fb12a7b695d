/* What a superblock must say to be believed; superblock.h. */
#include "superblock.h"
#include "batch.h"
#include "disk.h"
#include "features.h"
#include "servers/proto/error.h"

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

int superblock_check(const struct ext2_superblock *super, uint64_t sectors)
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

void superblock_adopt(const struct ext2_superblock *super)
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

/* ---- marks ---- */

/* What superblock_mark() writes. */
struct mark {
    uint32_t recover; /* INCOMPATIBLE_RECOVER or 0 */
    uint16_t clear, set;
    uint32_t time;
};

static void amend_superblock(uint8_t *data, const void *how)
{
    const struct mark *mark = how;
    struct ext2_superblock *super = (void *)(data + SUPERBLOCK_OFFSET % filesystem.block_size);
    uint16_t states = STATE_CLEAN | STATE_ERRORS, changed = (mark->clear | mark->set) & states;
    super->incompatible &= ~(uint32_t)INCOMPATIBLE_RECOVER;
    super->incompatible |= mark->recover & INCOMPATIBLE_RECOVER;
    super->state = (uint16_t)((super->state & ~changed) | (mark->set & states));
    super->write_time = mark->time;
}

int superblock_mark(bool needs_recovery, uint16_t clear, uint16_t set)
{
    struct mark mark = {needs_recovery ? INCOMPATIBLE_RECOVER : 0, clear, set, filesystem_now()};
    if (set & STATE_ERRORS && !filesystem.damaged)
        give_up("the disk is to be called damaged, and nobody has found that");
    int status = cache_amend(filesystem.super_buffer, amend_superblock, &mark, sizeof(mark));
    return status == OK ? batch_flush() : status;
}
